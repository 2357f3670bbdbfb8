#!/usr/bin/env python3
"""Deterministic generator of Amazon Bedrock model invocation logs (schema ModelInvocationLog 1.0).

Writes OUT/AWSLogs/<acct>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/<ts>_<hash>.json.gz
and OUT/truth.csv: the exact aggregate by (hour, account, region, modelId, arn), sorted, which every
reader of the corpus must reproduce byte for byte.

The same options and seed give the same bytes, whatever --jobs is. Needs the standard library only. Examples:
  gen_logs.py --out big   --records 180000 --files 800                 (~1.5 GB of JSON)
  gen_logs.py --out small --records 1200000 --files 400 --bodies off   (~0.75 GB of JSON)
  gen_logs.py --out few   --records 100000 --files 4                   (few large files)
  gen_logs.py --out trap  --records 20000 --files 20 --traps 0.3       (adversarial bodies)
"""
import argparse, csv, hashlib, json, math, multiprocessing as mp, os, random, uuid, zlib
from bisect import bisect_left
from datetime import datetime, timedelta, timezone
from itertools import accumulate

START = datetime(2026, 9, 1, tzinfo=timezone.utc)
ACCOUNTS = ["111122223333", "222233334444", "333344445555"]
REGIONS = ["us-east-1", "eu-west-1"]
ERRORS = ["ThrottlingException", "ValidationException", "ModelTimeoutException",
          "ServiceUnavailableException", "AccessDeniedException"]
OPS = ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"]


def models(acct, region):
    g = "us" if region.startswith("us") else "eu"
    return [
        "anthropic.claude-3-5-haiku-20241022-v1:0",
        f"{g}.anthropic.claude-sonnet-4-20250514-v1:0",
        f"arn:aws:bedrock:{region}:{acct}:inference-profile/{g}.anthropic.claude-sonnet-4-5-20250929-v1:0",
        f"arn:aws:bedrock:{region}:{acct}:application-inference-profile/{hashlib.md5((acct+region).encode()).hexdigest()[:12]}",
        "amazon.nova-lite-v1:0", f"{g}.amazon.nova-pro-v1:0", "amazon.titan-embed-text-v2:0",
        "meta.llama3-1-70b-instruct-v1:0", "cohere.embed-english-v3",
        f"arn:aws:bedrock:{region}:{acct}:provisioned-model/{hashlib.md5((region+acct).encode()).hexdigest()[:12]}",
    ]


def make_pool(seed, chars):
    """Pseudo-English text: Zipf words, Zipf phrases, sentences, lists, code and JSON fragments, some non-ASCII."""
    r = random.Random(seed * 7919 + 1)
    on = "b c d f g h j k l m n p r s t v w st tr pl ch sh br cr gr th".split()
    nu = "a e i o u ea ou ai ee io".split()
    co = ["", "", "n", "r", "s", "t", "l", "nd", "st", "m", "ck", "ng"]
    words, seen = [], set()
    while len(words) < 7000:
        n = 1 if len(words) < 150 else r.choice([1, 2, 2, 2, 3, 3, 4])
        w = "".join(r.choice(on) + r.choice(nu) + r.choice(co) for _ in range(n))
        if w not in seen:
            seen.add(w); words.append(w)
    for i in range(200, 7000, 61):
        words[i] = r.choice(["café", "naïve", "Zürich", "größe", "señor", "数据", "モデル", "данные", "—", "🙂"])
    cw = list(accumulate(1 / (i + 2.7) ** 1.05 for i in range(len(words))))
    phrases = [" ".join(r.choices(words, cum_weights=cw, k=r.randint(2, 6))) for _ in range(9000)]
    cp = list(accumulate(1 / (i + 5) ** 0.95 for i in range(len(phrases))))
    out, size = [], 0
    while size < chars:
        k = r.random()
        if k < 0.86:
            toks, n = [], r.randint(3, 9)
            for _ in range(n):
                toks.append(r.choices(phrases, cum_weights=cp)[0] if r.random() < 0.62
                            else r.choices(words, cum_weights=cw)[0])
            s = " ".join(toks)
            s = s[0].upper() + s[1:] + r.choice([". ", ". ", ". ", "? ", ", ", ".\n", ".\n\n", ": "])
        elif k < 0.92:
            s = "".join(f"- {r.choices(phrases, cum_weights=cp)[0]}\n" for _ in range(r.randint(2, 6)))
        elif k < 0.96:
            a, b = r.choices(words, cum_weights=cw, k=2)
            s = (f"```python\ndef {a}_{b}(self, {b}=\"{a}\"):\n    if {b} is None:\n        return self.{a}[\"{b}\"]\n"
                 f"    path = r\"C:\\{a}\\{b}.txt\"\n    return {r.randint(0, 9999)} * {b}\n```\n")
        elif k < 0.985:
            a, b = r.choices(words, cum_weights=cw, k=2)
            s = f"{{\"{a}\": \"{r.choices(phrases, cum_weights=cp)[0]}\", \"{b}\": {r.random() * 1000:.3f}, \"ok\": true}}\n"
        else:
            s = f"\"{r.choices(phrases, cum_weights=cp)[0]}\" ({r.randint(1900, 2030)}), #{r.randint(1, 10**6)}; "
        out.append(s); size += len(s)
    return "".join(out)


def workloads(seed, pool):
    r = random.Random(seed * 104729 + 2)
    ws = []
    for i in range(48):
        acct, region = r.choice(ACCOUNTS), r.choice(REGIONS)
        kind = r.random()
        role = f"{r.choice(['search', 'support', 'billing', 'agents', 'etl', 'chat', 'docs', 'eval'])}-{r.choice(['prod', 'dev', 'batch'])}-{i:02d}"
        if kind < 0.7:
            n = r.choice([1, 1, 1, 3, 8])
            arns = [f"arn:aws:sts::{acct}:assumed-role/{role}/{'i-%017x' % r.getrandbits(68) if n > 1 else role + '-fn'}" for _ in range(n)]
        elif kind < 0.9:
            arns = [f"arn:aws:iam::{acct}:user/{role}"]
        else:
            arns = [f"arn:aws:sts::{acct}:assumed-role/AWSReservedSSO_Dev_{role}/{u}@example.com" for u in ("ana", "bo", "chen")]
        ms = r.sample(models(acct, region), k=r.choice([1, 1, 2, 3]))
        p = r.randrange(len(pool) - 20000)
        meta = {"team": role.split("-")[0], "app": role, "env": role.split("-")[1]} if r.random() < 0.45 else None
        ws.append(dict(acct=acct, region=region, arns=arns, models=ms, meta=meta, office=r.random() < 0.6,
                       sysp=pool[p:p + int(min(12000, r.lognormvariate(math.log(1500), 0.9)))],
                       ops=r.choices(OPS, weights=[4, 3, 2, 2], k=2), cache=r.random() < 0.4))
    return ws, list(accumulate(1 / (i + 1.5) for i in range(len(ws))))


def text(r, pool, n):
    out = []
    while n > 0:
        k = min(n, r.randint(150, 1400))
        p = r.randrange(len(pool) - k)
        out.append(pool[p:p + k]); n -= k
    return "".join(out)


TRAPS = ['the log line said "inputTokenCount": 999, "outputTokenCount": 12345, "modelId": "evil.model-v9:9" }} ]]',
         'x\\", "input": {"inputTokenCount": 777777}, "timestamp": "1999-01-01T00:00:00Z", \\"',
         '{"input":{"inputTokenCount":424242,"cacheReadInputTokenCount":5},"output":{"outputTokenCount":31337}}',
         'ends with a backslash \\', '\\\\" "errorCode":"ThrottlingException" \u2028 \x01 \x7f {[{[{["']


def bodies(r, w, pool, op, total, model, trap):
    n_in = int(total * r.betavariate(6, 2)); n_out = max(20, total - n_in)
    if "embed" in model:
        ib = {"inputText": text(r, pool, n_in)}
        ob = {"embedding": [round(r.gauss(0, 0.05), 8) for _ in range(min(1024, n_out // 12))], "inputTextTokenCount": n_in // 5}
        return ib, ob
    sysp = w["sysp"][:n_in // 2]
    user = text(r, pool, max(10, n_in - len(sysp)))
    if trap:
        user = user[:len(user) // 2] + r.choice(TRAPS) + user[len(user) // 2:]
        if r.random() < 0.3:
            user += TRAPS[3]
    reply = text(r, pool, n_out)
    conv = op.startswith("Converse")
    if conv:
        ib = {"messages": [{"role": "user", "content": [{"text": user}]}], "system": [{"text": sysp}],
              "inferenceConfig": {"maxTokens": 4096, "temperature": 0.2}}
    else:
        ib = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 4096, "system": sysp,
              "messages": [{"role": "user", "content": [{"type": "text", "text": user}]}]}
    if r.random() < 0.015 and n_in > 4000:
        import base64
        ib["messages"][0]["content"].append({"type": "image", "source": {"type": "base64", "media_type": "image/png",
            "data": base64.b64encode(r.randbytes(n_in // 2)).decode()}})
    if trap:  # same key names as real keys, at another depth
        ib["toolConfig"] = {"input": {"inputTokenCount": 999, "cacheReadInputTokenCount": 888}, "modelId": "evil.nested-v1:0",
                            "output": {"outputTokenCount": 777}, "timestamp": "1999-01-01T00:00:00Z", "accountId": "0", "region": "xx"}
    if op == "InvokeModelWithResponseStream":
        ob = [{"type": "message_start", "message": {"id": f"msg_bdrk_{r.getrandbits(96):024x}", "type": "message", "role": "assistant", "content": []}}]
        p = 0
        while p < len(reply):
            k = r.randint(20, 90)
            ob.append({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": reply[p:p + k]}}); p += k * 2
        ob.append({"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 1, "outputTokenCount": 2, "invocationLatency": r.randint(300, 30000)}})
    elif conv:
        ob = {"output": {"message": {"role": "assistant", "content": [{"text": reply}]}}, "stopReason": "end_turn",
              "metrics": {"latencyMs": r.randint(200, 40000)}, "usage": {"inputTokens": n_in // 4, "outputTokens": n_out // 4, "totalTokens": total // 4}}
    else:
        ob = {"id": f"msg_bdrk_{r.getrandbits(96):024x}", "type": "message", "role": "assistant", "model": "claude",
              "content": [{"type": "text", "text": reply}], "stop_reason": "end_turn",
              "usage": {"input_tokens": n_in // 4, "output_tokens": n_out // 4}}
    return ib, ob


G = {}


def plan(a):
    """One (file -> number of records) row a file; files spread over workload accounts/regions and hours."""
    r = random.Random(a.seed * 31337 + 3)
    ws, cum = G["ws"]
    pairs = {}
    prev = 0
    for w, c in zip(ws, cum):
        k = (w["acct"], w["region"]); pairs[k] = pairs.get(k, 0) + (c - prev); prev = c
    keys = sorted(pairs); cw = list(accumulate(pairs[k] for k in keys))
    hours = a.days * 24
    files = []
    for i in range(a.files):
        k = keys[i % len(keys)] if i < len(keys) else r.choices(keys, cum_weights=cw)[0]
        files.append([k, (i * hours) // a.files, 1 + 3 * r.random()])
    tot = sum(f[2] for f in files); left = a.records
    for i, f in enumerate(files):
        n = left if i == len(files) - 1 else min(left, round(a.records * f[2] / tot))
        f[2] = n; left -= n
    span = max(1, hours // a.files)
    return [(i, f[0], f[1], span, f[2]) for i, f in enumerate(files)]


def one(job):
    i, (acct, region), hour, span, n = job
    a, pool = G["a"], G["pool"]
    ws, cum = G["ws"]
    r = random.Random(a.seed * 1000003 + i)
    mine, cm, s = [], [], 0.0
    for j, w in enumerate(ws):
        if w["acct"] == acct and w["region"] == region:
            s += cum[j] - (cum[j - 1] if j else 0.0); mine.append(w); cm.append(s)
    secs = sorted(r.randrange(span * 3600) for _ in range(n))
    agg, lines = {}, []
    med = math.log(a.body_median)
    for sec in secs:
        t = START + timedelta(hours=hour, seconds=sec)
        w = mine[bisect_left(cm, r.random() * s)]
        ts, model, arn, op = t.strftime("%Y-%m-%dT%H:%M:%SZ"), r.choice(w["models"]), r.choice(w["arns"]), r.choice(w["ops"])
        if "embed" in model: op = "InvokeModel"
        err = r.choice(ERRORS) if r.random() < 0.02 else None
        total = int(min(a.body_max, max(120, r.lognormvariate(med, a.body_sigma))))
        trap = a.bodies == "on" and r.random() < a.traps
        it = max(1, int(total * 0.75 / 4.2)); ot = 0 if "embed" in model else max(1, int(total * 0.25 / 4.2))
        cr = cwr = None
        if w["cache"] and not err:
            cr, cwr = (it * 3, 0) if r.random() < 0.85 else (0, it * 3)
        rec = {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": ts, "accountId": acct,
               "identity": {"arn": arn}, "region": region, "requestId": str(uuid.UUID(int=r.getrandbits(128), version=4)),
               "operation": op, "modelId": model}
        inp, out = {"inputContentType": "application/json"}, {"outputContentType": "application/json"}
        if a.bodies == "on":
            if total >= a.body_max:
                inp["inputBodyS3Path"] = f"s3://logs/AWSLogs/{acct}/BedrockModelInvocationLogs/{region}/data/{rec['requestId']}_input.json.gz"
                out["outputBodyJson"] = {"ok": True}
            else:
                inp["inputBodyJson"], out["outputBodyJson"] = bodies(r, w, pool, op, total, model, trap)
        if err:
            rec["errorCode"] = err; out = {"outputContentType": "application/json"}
            inp["inputTokenCount"] = 0; it = ot = 0
        else:
            inp["inputTokenCount"] = it
            if cr is not None:
                inp["cacheReadInputTokenCount"], inp["cacheWriteInputTokenCount"] = cr, cwr
            if ot or "embed" in model: out["outputTokenCount"] = ot
        rec["input"], rec["output"] = inp, out
        if model[2:3] == "." or "inference-profile" in model:
            rec["inferenceRegion"] = r.choice(["us-east-1", "us-west-2", "us-east-2"] if region[:2] == "us" else ["eu-west-1", "eu-central-1"])
        if w["meta"]: rec["requestMetadata"] = w["meta"]
        if trap or r.random() < 0.1:  # fields may come in any order
            ks = list(rec.items()); r.shuffle(ks); rec = dict(ks)
            ki = list(inp.items()); r.shuffle(ki); rec["input"] = dict(ki)
        lines.append(json.dumps(rec, ensure_ascii=False, separators=(",", ":")).encode())
        g = agg.setdefault((ts[:13], acct, region, model, arn), [0, 0, 0, 0, 0, 0])
        for x, v in enumerate((1, 1 if err else 0, it, cr or 0, cwr or 0, ot)): g[x] += v
    data = b"\n".join(lines) + b"\n" if lines else b""
    t = START + timedelta(hours=hour)
    d = os.path.join(a.out, "AWSLogs", acct, "BedrockModelInvocationLogs", region, t.strftime("%Y/%m/%d/%H"))
    os.makedirs(d, exist_ok=True)
    c = zlib.compressobj(a.level, zlib.DEFLATED, 31, 9)
    gz = c.compress(data) + c.flush()
    name = t.strftime("%Y%m%dT%H") + f"{i % 6000 // 100:02d}{i % 100 % 60:02d}{i % 1000:03d}Z_{hashlib.sha1(f'{a.seed}/{i}'.encode()).hexdigest()[:16]}.json.gz"
    with open(os.path.join(d, name), "wb") as f: f.write(gz)
    return len(data), len(gz), n, agg


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True); p.add_argument("--seed", type=int, default=1)
    p.add_argument("--records", type=int, default=180000); p.add_argument("--files", type=int, default=800)
    p.add_argument("--days", type=int, default=30); p.add_argument("--bodies", choices=["on", "off"], default="on")
    p.add_argument("--body-median", type=float, default=4096); p.add_argument("--body-sigma", type=float, default=1.1)
    p.add_argument("--body-max", type=int, default=100000); p.add_argument("--traps", type=float, default=0.01)
    p.add_argument("--level", type=int, default=6); p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--pool", type=int, default=8_000_000, help="characters of source text")
    a = p.parse_args()
    G["a"] = a; G["pool"] = make_pool(a.seed, a.pool); G["ws"] = workloads(a.seed, G["pool"])
    jobs = plan(a)
    raw = gz = n = 0; agg = {}
    with mp.get_context("fork").Pool(a.jobs) as pool:
        for u, z, k, g in pool.imap_unordered(one, jobs, chunksize=1):
            raw += u; gz += z; n += k
            for key, v in g.items():
                o = agg.setdefault(key, [0] * 6)
                for x in range(6): o[x] += v[x]
    with open(os.path.join(a.out, "truth.csv"), "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow("hour account region model arn records errors input cache_read cache_write output".split())
        for k in sorted(agg): w.writerow([*k, *agg[k]])
    print(f"records {n} files {a.files} json {raw} B gz {gz} B ratio {raw / max(1, gz):.2f} bytes/record {raw / max(1, n):.0f} groups {len(agg)}")


if __name__ == "__main__":
    main()
