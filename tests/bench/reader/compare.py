"""Whether the usage table of a report holds the same sums as the truth of a corpus.

The truth has raw model ids and whole ARNs; the usage table has models with their scope, and
principals without the session. Both are brought to one key, by the rules of tests/corpus.rs.
"""
import collections
import csv
import re

SCOPES = {"us": "geo us", "eu": "geo eu", "global": "global"}
WRITTEN = ["cache_write_5m_tokens", "cache_write_1h_tokens", "cache_write_unknown_tokens"]


def principal(arn):
    """The role or user without the session."""
    found = re.match(r"(.*:assumed-role/[^/]+)/", arn)
    return found.group(1) if found else arn


def model_of_log(name):
    """`us.`, `eu.`, `global.`, bare or behind an inference profile's ARN, are a scope; other ARNs stay whole."""
    if ":application-inference-profile/" in name:
        return f"|{name}"
    if ":provisioned-model/" in name:
        return f"in-region|{name}"
    bare = name.split(":inference-profile/")[-1]
    prefix, _, rest = bare.partition(".")
    return f"{SCOPES[prefix]}|{rest}" if prefix in SCOPES else f"in-region|{bare}"


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def add(sums, key, counts):
    held = sums[key]
    for place, count in enumerate(counts):
        held[place] += int(count or 0)


def truth(path):
    sums = collections.defaultdict(lambda: [0] * 6)
    for row in rows(path):
        key = (row["hour"], row["account"], row["region"], model_of_log(row["model"]), principal(row["arn"]))
        add(sums, key, [row[name] for name in ("records", "errors", "input", "cache_read", "cache_write", "output")])
    return sums


def usage(path):
    sums, count = collections.defaultdict(lambda: [0] * 6), 0
    for row in rows(path):
        count += 1
        model = f"{row['endpoint_scope']} {row['geo']}".strip() + "|" + row["model_id"]
        key = (row["hour"][:13], row["account_id"], row["region"], model, row["principal"])
        written = sum(int(row[name] or 0) for name in WRITTEN)
        names = ("requests", "failed_requests", "input_tokens", "cache_read_tokens")
        add(sums, key, [*(row[name] for name in names), written, row["output_tokens"]])
    return sums, count


def rows_if_same(truth_path, usage_path):
    """How many rows the usage table has; fails at the first sum that differs."""
    wanted, (found, count) = truth(truth_path), usage(usage_path)
    for key in sorted(set(wanted) | set(found)):
        if wanted.get(key) != found.get(key):
            raise SystemExit(f"{usage_path} differs at {key}: truth {wanted.get(key)}, usage {found.get(key)}")
    return count
