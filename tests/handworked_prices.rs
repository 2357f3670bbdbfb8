//! 69 prices looked up by hand in the evidence, against what one usage table is charged.
//!
//! The table is `tests/fixtures/handworked/prices.csv`: one row a case, on its own day. Prices
//! are per 1,000,000 tokens. Every case with input has 1,234,567 of it, and where it has them
//! 89,001 output, 3,000,007 cache read, 400,003 five-minute (or, for OpenAI and Kimi, whose
//! writes have no other time to live, thirty-minute) and 50,021 one-hour tokens. The cost is
//! quantity x price / 1,000,000, to the last digit.
//!
//! Both sides of every dated change of the tables are here: 3.5 Sonnet v1 and v2 on 2025-12-01,
//! Command R+ on 2026-05-19, GPT-5.6 Luna and Terra on 2026-07-30, Sol on 2026-08-21.

use std::collections::BTreeSet;

use crate::handworked::{Report, explain, fixture};

/// `CASE MONTH PHASE BAND METER QUANTITY x PRICE = COST BASIS`; `#` begins a remark.
const EXPECTED: &str = "\
# Claude 4.5 and later: in-region and geo are 1.1 x global, GovCloud 1.2 x (pricing page; litellm
# for long context and GovCloud).
sonnet-45-in-region 2026-09 active 0 input 1234567 x 3.3 = 4.0740711 listed
sonnet-45-in-region 2026-09 active 0 output 89001 x 16.5 = 1.4685165 listed
sonnet-45-in-region 2026-09 active 0 cache_read 3000007 x 0.33 = 0.99000231 listed
sonnet-45-in-region 2026-09 active 0 cache_write_5m 400003 x 4.125 = 1.650012375 listed
sonnet-45-in-region 2026-09 active 0 cache_write_1h 50021 x 6.6 = 0.3301386 listed
sonnet-45-global 2026-09 active 0 input 1234567 x 3 = 3.703701 listed
sonnet-45-global 2026-09 active 0 output 89001 x 15 = 1.335015 listed
sonnet-45-global 2026-09 active 0 cache_read 3000007 x 0.3 = 0.9000021 listed
sonnet-45-global 2026-09 active 0 cache_write_5m 400003 x 3.75 = 1.50001125 listed
sonnet-45-global 2026-09 active 0 cache_write_1h 50021 x 6 = 0.300126 listed
sonnet-45-long 2026-09 active 200000 input 1234567 x 6.6 = 8.1481422 listed
sonnet-45-long 2026-09 active 200000 output 89001 x 24.75 = 2.20277475 listed
sonnet-45-long 2026-09 active 200000 cache_read 3000007 x 0.66 = 1.98000462 listed
sonnet-45-long 2026-09 active 200000 cache_write_5m 400003 x 8.25 = 3.30002475 listed
sonnet-45-long 2026-09 active 200000 cache_write_1h 50021 x 13.2 = 0.6602772 listed
sonnet-45-batch-geo 2026-09 active 0 input 1234567 x 1.65 = 2.03703555 listed
sonnet-45-batch-geo 2026-09 active 0 output 89001 x 8.25 = 0.73425825 listed
sonnet-45-govcloud 2026-09 active 0 input 1234567 x 3.6 = 4.4444412 listed
sonnet-45-govcloud 2026-09 active 0 output 89001 x 18 = 1.602018 listed
sonnet-45-govcloud 2026-09 active 0 cache_read 3000007 x 0.36 = 1.08000252 listed
sonnet-45-govcloud 2026-09 active 0 cache_write_5m 400003 x 4.5 = 1.8000135 listed
sonnet-45-govcloud 2026-09 active 0 cache_write_1h 50021 x 7.2 = 0.3601512 listed
haiku-45-global 2026-09 active 0 input 1234567 x 1 = 1.234567 listed
haiku-45-global 2026-09 active 0 output 89001 x 5 = 0.445005 listed
haiku-45-global 2026-09 active 0 cache_read 3000007 x 0.1 = 0.3000007 listed
haiku-45-global 2026-09 active 0 cache_write_5m 400003 x 1.25 = 0.50000375 listed
haiku-45-global 2026-09 active 0 cache_write_1h 50021 x 2 = 0.100042 listed
opus-45-geo 2026-09 active 0 input 1234567 x 5.5 = 6.7901185 listed
opus-45-geo 2026-09 active 0 output 89001 x 27.5 = 2.4475275 listed
opus-45-geo 2026-09 active 0 cache_read 3000007 x 0.55 = 1.65000385 listed
opus-45-geo 2026-09 active 0 cache_write_5m 400003 x 6.875 = 2.750020625 listed
opus-45-geo 2026-09 active 0 cache_write_1h 50021 x 11 = 0.550231 listed
sonnet-5-geo 2026-09 active 0 input 1234567 x 2.2 = 2.7160474 listed
sonnet-5-geo 2026-09 active 0 output 89001 x 11 = 0.979011 listed
sonnet-5-geo 2026-09 active 0 cache_read 3000007 x 0.22 = 0.66000154 listed
sonnet-5-geo 2026-09 active 0 cache_write_5m 400003 x 2.75 = 1.10000825 listed
sonnet-5-geo 2026-09 active 0 cache_write_1h 50021 x 4.4 = 0.2200924 listed
opus-55-govcloud 2026-11 unknown 0 input 1234567 x 4.8 = 5.9259216 listed
opus-55-govcloud 2026-11 unknown 0 output 89001 x 24 = 2.136024 listed
opus-55-govcloud 2026-11 unknown 0 cache_read 3000007 x 0.24 = 0.72000168 listed
opus-55-govcloud 2026-11 unknown 0 cache_write_5m 400003 x 6 = 2.400018 listed
opus-55-govcloud 2026-11 unknown 0 cache_write_1h 50021 x 9.6 = 0.4802016 listed
haiku-55-long 2026-11 active 100000 input 1234567 x 0.55 = 0.67901185 listed
haiku-55-long 2026-11 active 100000 output 89001 x 2.75 = 0.24475275 listed
haiku-55-long 2026-11 active 100000 cache_read 3000007 x 0.055 = 0.165000385 listed
haiku-55-long 2026-11 active 100000 cache_write_5m 400003 x 0.6875 = 0.2750020625 listed
haiku-55-long 2026-11 active 100000 cache_write_1h 50021 x 1.1 = 0.0550231 listed
haiku-3-batch 2026-02 active 0 input 1234567 x 0.125 = 0.154320875 listed
haiku-3-batch 2026-02 active 0 output 89001 x 0.625 = 0.055625625 listed
# Claude Sonnet 4, Extended Access from 2026-07-14 without a public price: assumed 2 x.
sonnet-4-before 2026-07 legacy 0 input 1234567 x 3 = 3.703701 listed
sonnet-4-before 2026-07 legacy 0 output 89001 x 15 = 1.335015 listed
sonnet-4-before 2026-07 legacy 0 cache_read 3000007 x 0.3 = 0.9000021 listed
sonnet-4-before 2026-07 legacy 0 cache_write_5m 400003 x 3.75 = 1.50001125 listed
sonnet-4-after 2026-07 extended-access 0 input 1234567 x 6 = 7.407402 assumed
sonnet-4-after 2026-07 extended-access 0 output 89001 x 30 = 2.67003 assumed
sonnet-4-after 2026-07 extended-access 0 cache_read 3000007 x 0.6 = 1.8000042 assumed
sonnet-4-after 2026-07 extended-access 0 cache_write_5m 400003 x 7.5 = 3.0000225 assumed
# Claude 3.5 Sonnet: published Extended Access from 2025-12-01, batch doubled as well; v1 lists no
# cache.
v1-before 2025-11 legacy 0 input 1234567 x 3 = 3.703701 listed
v1-before 2025-11 legacy 0 output 89001 x 15 = 1.335015 listed
v1-before 2025-11 legacy 0 cache_read 3000007 x  =  unpriced
v1-after 2025-12 extended-access 0 input 1234567 x 6 = 7.407402 listed
v1-after 2025-12 extended-access 0 output 89001 x 30 = 2.67003 listed
v1-after 2025-12 extended-access 0 cache_read 3000007 x  =  unpriced
v1-batch-before 2025-11 legacy 0 input 1234567 x 1.5 = 1.8518505 listed
v1-batch-before 2025-11 legacy 0 output 89001 x 7.5 = 0.6675075 listed
v1-batch-after 2025-12 extended-access 0 input 1234567 x 3 = 3.703701 listed
v1-batch-after 2025-12 extended-access 0 output 89001 x 15 = 1.335015 listed
v1-geo-after 2025-12 extended-access 0 input 1234567 x 6 = 7.407402 listed
v1-geo-after 2025-12 extended-access 0 output 89001 x 30 = 2.67003 listed
v1-late-region 2026-05 extended-access 0 input 1234567 x 6 = 7.407402 listed
v1-late-region 2026-05 extended-access 0 output 89001 x 30 = 2.67003 listed
v1-second-wave 2026-04 legacy 0 input 1234567 x 3 = 3.703701 listed
v1-second-wave 2026-04 legacy 0 output 89001 x 15 = 1.335015 listed
v2-before 2025-11 legacy 0 input 1234567 x 3 = 3.703701 listed
v2-before 2025-11 legacy 0 output 89001 x 15 = 1.335015 listed
v2-before 2025-11 legacy 0 cache_read 3000007 x 0.3 = 0.9000021 listed
v2-before 2025-11 legacy 0 cache_write_5m 400003 x 3.75 = 1.50001125 listed
v2-after 2025-12 extended-access 0 input 1234567 x 6 = 7.407402 listed
v2-after 2025-12 extended-access 0 output 89001 x 30 = 2.67003 listed
v2-after 2025-12 extended-access 0 cache_read 3000007 x 0.6 = 1.8000042 listed
v2-after 2025-12 extended-access 0 cache_write_5m 400003 x 7.5 = 3.0000225 listed
v2-batch-geo-after 2025-12 extended-access 0 input 1234567 x 3 = 3.703701 listed
v2-batch-geo-after 2025-12 extended-access 0 output 89001 x 15 = 1.335015 listed
v2-batch-geo-before 2025-11 legacy 0 input 1234567 x 1.5 = 1.8518505 listed
v2-batch-geo-before 2025-11 legacy 0 output 89001 x 7.5 = 0.6675075 listed
v2-last-day 2026-02 extended-access 0 input 1234567 x 6 = 7.407402 listed
v2-last-day 2026-02 extended-access 0 output 89001 x 30 = 2.67003 listed
# Cohere: Command R+ has the notice of 0.006 and 0.03 per 1,000 from 2026-05-19; the end is
# 2026-08-19.
command-before 2026-05 legacy 0 input 1234567 x 3 = 3.703701 listed
command-before 2026-05 legacy 0 output 89001 x 15 = 1.335015 listed
command-after 2026-05 extended-access 0 input 1234567 x 6 = 7.407402 listed
command-after 2026-05 extended-access 0 output 89001 x 30 = 2.67003 listed
command-past-end 2026-08 end-of-life 0 input 1234567 x 6 = 7.407402 listed
command-past-end 2026-08 end-of-life 0 output 89001 x 30 = 2.67003 listed
embed-v4 2026-09 active 0 input 1234567 x 0.12 = 0.14814804 listed
# OpenAI: GPT-5.6 Luna and Terra cut on 2026-07-30, Sol on 2026-08-21 (genai-prices); writes last
# 30 minutes. Before the cut no global and no long-context price of Luna and Terra is known.
luna-before 2026-07 active 0 input 1234567 x 1.1 = 1.3580237 listed
luna-before 2026-07 active 0 output 89001 x 6.6 = 0.5874066 listed
luna-before 2026-07 active 0 cache_read 3000007 x 0.11 = 0.33000077 listed
luna-before 2026-07 active 0 cache_write_30m 400003 x 1.375 = 0.550004125 listed
luna-after 2026-07 active 0 input 1234567 x 0.22 = 0.27160474 listed
luna-after 2026-07 active 0 output 89001 x 1.32 = 0.11748132 listed
luna-after 2026-07 active 0 cache_read 3000007 x 0.022 = 0.066000154 listed
luna-after 2026-07 active 0 cache_write_30m 400003 x 0.275 = 0.110000825 listed
luna-long-after 2026-07 active 272000 input 1234567 x 0.44 = 0.54320948 listed
luna-long-after 2026-07 active 272000 output 89001 x 1.98 = 0.17622198 listed
luna-long-after 2026-07 active 272000 cache_read 3000007 x 0.044 = 0.132000308 listed
luna-long-after 2026-07 active 272000 cache_write_30m 400003 x 0.55 = 0.22000165 listed
terra-before 2026-07 active 0 input 1234567 x 2.75 = 3.39505925 listed
terra-before 2026-07 active 0 output 89001 x 16.5 = 1.4685165 listed
terra-before 2026-07 active 0 cache_read 3000007 x 0.275 = 0.825001925 listed
terra-before 2026-07 active 0 cache_write_30m 400003 x 3.4375 = 1.3750103125 listed
terra-after 2026-07 active 0 input 1234567 x 2.2 = 2.7160474 listed
terra-after 2026-07 active 0 output 89001 x 13.2 = 1.1748132 listed
terra-after 2026-07 active 0 cache_read 3000007 x 0.22 = 0.66000154 listed
terra-after 2026-07 active 0 cache_write_30m 400003 x 2.75 = 1.10000825 listed
terra-long-after 2026-07 active 272000 input 1234567 x 4.4 = 5.4320948 listed
terra-long-after 2026-07 active 272000 output 89001 x 19.8 = 1.7622198 listed
terra-long-after 2026-07 active 272000 cache_read 3000007 x 0.44 = 1.32000308 listed
terra-long-after 2026-07 active 272000 cache_write_30m 400003 x 5.5 = 2.2000165 listed
luna-long-before 2026-07 active 272000 input 1234567 x  =  unpriced
luna-long-before 2026-07 active 272000 output 89001 x  =  unpriced
luna-long-before 2026-07 active 272000 cache_read 3000007 x  =  unpriced
luna-geo-before 2026-07 active 0 input 1234567 x 1.1 = 1.3580237 listed
luna-geo-before 2026-07 active 0 output 89001 x 6.6 = 0.5874066 listed
luna-geo-before 2026-07 active 0 cache_read 3000007 x 0.11 = 0.33000077 listed
luna-geo-before 2026-07 active 0 cache_write_30m 400003 x 1.375 = 0.550004125 listed
luna-geo-after 2026-07 active 0 input 1234567 x 0.22 = 0.27160474 listed
luna-geo-after 2026-07 active 0 output 89001 x 1.32 = 0.11748132 listed
luna-geo-after 2026-07 active 0 cache_read 3000007 x 0.022 = 0.066000154 listed
luna-geo-after 2026-07 active 0 cache_write_30m 400003 x 0.275 = 0.110000825 listed
luna-global-before 2026-07 active 0 input 1234567 x  =  unpriced
luna-global-before 2026-07 active 0 output 89001 x  =  unpriced
luna-global-after 2026-07 active 0 input 1234567 x 0.2 = 0.2469134 listed
luna-global-after 2026-07 active 0 output 89001 x 1.2 = 0.1068012 listed
luna-global-after 2026-07 active 0 cache_read 3000007 x 0.02 = 0.06000014 listed
luna-global-after 2026-07 active 0 cache_write_30m 400003 x 0.25 = 0.10000075 listed
terra-in-region-before 2026-07 active 0 input 1234567 x 2.75 = 3.39505925 listed
terra-in-region-before 2026-07 active 0 output 89001 x 16.5 = 1.4685165 listed
terra-in-region-after 2026-07 active 0 input 1234567 x 2.2 = 2.7160474 listed
terra-in-region-after 2026-07 active 0 output 89001 x 13.2 = 1.1748132 listed
terra-global-before 2026-07 active 0 input 1234567 x  =  unpriced
terra-global-before 2026-07 active 0 output 89001 x  =  unpriced
terra-global-after 2026-07 active 0 input 1234567 x 2 = 2.469134 listed
terra-global-after 2026-07 active 0 output 89001 x 12 = 1.068012 listed
terra-global-after 2026-07 active 0 cache_read 3000007 x 0.2 = 0.6000014 listed
terra-global-after 2026-07 active 0 cache_write_30m 400003 x 2.5 = 1.0000075 listed
sol-global-before 2026-08 active 0 input 1234567 x 5 = 6.172835 listed
sol-global-before 2026-08 active 0 output 89001 x 30 = 2.67003 listed
sol-global-before 2026-08 active 0 cache_read 3000007 x 0.5 = 1.5000035 listed
sol-global-before 2026-08 active 0 cache_write_30m 400003 x 6.25 = 2.50001875 listed
sol-global-after 2026-08 active 0 input 1234567 x 4 = 4.938268 listed
sol-global-after 2026-08 active 0 output 89001 x 20 = 1.78002 listed
sol-global-after 2026-08 active 0 cache_read 3000007 x 0.4 = 1.2000028 listed
sol-global-after 2026-08 active 0 cache_write_30m 400003 x 5 = 2.000015 listed
sol-before 2026-08 active 0 input 1234567 x 5.5 = 6.7901185 listed
sol-before 2026-08 active 0 output 89001 x 33 = 2.937033 listed
sol-before 2026-08 active 0 cache_read 3000007 x 0.55 = 1.65000385 listed
sol-before 2026-08 active 0 cache_write_30m 400003 x 6.875 = 2.750020625 listed
sol-after 2026-08 active 0 input 1234567 x 4.4 = 5.4320948 listed
sol-after 2026-08 active 0 output 89001 x 22 = 1.958022 listed
sol-after 2026-08 active 0 cache_read 3000007 x 0.44 = 1.32000308 listed
sol-after 2026-08 active 0 cache_write_30m 400003 x 5.5 = 2.2000165 listed
sol-long-before 2026-08 active 272000 input 1234567 x 11 = 13.580237 listed
sol-long-before 2026-08 active 272000 output 89001 x 49.5 = 4.4055495 listed
sol-long-before 2026-08 active 272000 cache_read 3000007 x 1.1 = 3.3000077 listed
sol-long-before 2026-08 active 272000 cache_write_30m 400003 x 13.75 = 5.50004125 listed
sol-long-after 2026-08 active 272000 input 1234567 x 8.8 = 10.8641896 listed
sol-long-after 2026-08 active 272000 output 89001 x 33 = 2.937033 listed
sol-long-after 2026-08 active 272000 cache_read 3000007 x 0.88 = 2.64000616 listed
sol-long-after 2026-08 active 272000 cache_write_30m 400003 x 11 = 4.400033 listed
gpt-54-govcloud 2026-09 unknown 0 input 1234567 x 3.375 = 4.166663625 listed
gpt-54-govcloud 2026-09 unknown 0 output 89001 x 20.25 = 1.80227025 listed
gpt-54-govcloud 2026-09 unknown 0 cache_read 3000007 x 0.3375 = 1.0125023625 listed
oss-sydney 2026-09 active 0 input 1234567 x 0.1545 = 0.1907406015 listed
oss-sydney 2026-09 active 0 output 89001 x 0.618 = 0.055002618 listed
oss-mantle-priority 2026-09 active 0 input 1234567 x 0.2625 = 0.3240738375 listed
oss-mantle-priority 2026-09 active 0 output 89001 x 1.05 = 0.09345105 listed
# Amazon: by Region and tier; Titan Text Embeddings V2 has a price a Region (Price List).
nova-pro-flex 2026-09 active 0 input 1234567 x 0.4 = 0.4938268 listed
nova-pro-flex 2026-09 active 0 output 89001 x 1.6 = 0.1424016 listed
nova-pro-flex 2026-09 active 0 cache_read 3000007 x 0.1 = 0.3000007 listed
nova-pro-tokyo 2026-09 active 0 input 1234567 x 0.96 = 1.18518432 listed
nova-pro-tokyo 2026-09 active 0 output 89001 x 3.84 = 0.34176384 listed
nova-2-lite-priority 2026-09 active 0 input 1234567 x 0.693 = 0.855554931 listed
nova-2-lite-priority 2026-09 active 0 output 89001 x 5.79425 = 0.51569404425 listed
nova-2-lite-priority 2026-09 active 0 cache_read 3000007 x 0.17325 = 0.51975121275 listed
nova-2-lite-global 2026-09 active 0 input 1234567 x 0.481 = 0.593826727 listed
nova-2-lite-global 2026-09 active 0 output 89001 x 4.1 = 0.3649041 listed
titan-embed-seoul 2026-09 active 0 input 1234567 x 0.024592 = 0.030360471664 listed
# Others.
llama-33-batch 2026-09 active 0 input 1234567 x 0.36 = 0.44444412 listed
llama-33-batch 2026-09 active 0 output 89001 x 0.36 = 0.03204036 listed
voxtral-sydney-priority 2026-09 active 0 input 1234567 x 0.18025 = 0.22253070175 listed
voxtral-sydney-priority 2026-09 active 0 output 89001 x 0.54075 = 0.04812729075 listed
pixtral-eu 2026-09 active 0 input 1234567 x 2 = 2.469134 listed
pixtral-eu 2026-09 active 0 output 89001 x 6 = 0.534006 listed
qwen-london 2026-09 active 0 input 1234567 x 0.23 = 0.28395041 listed
qwen-london 2026-09 active 0 output 89001 x 0.93 = 0.08277093 listed
qwen-sydney-batch 2026-09 active 0 input 1234567 x 0.1133 = 0.1398764411 listed
qwen-sydney-batch 2026-09 active 0 output 89001 x 0.4532 = 0.0403352532 listed
deepseek-priority 2026-09 active 0 input 1234567 x 1.295 = 1.598764265 listed
deepseek-priority 2026-09 active 0 output 89001 x 3.885 = 0.345768885 listed
kimi-k2-flex 2026-09 active 0 input 1234567 x 0.36 = 0.44444412 listed
kimi-k2-flex 2026-09 active 0 output 89001 x 1.47 = 0.13083147 listed
kimi-k3-geo 2026-11 active 0 input 1234567 x 3.3 = 4.0740711 listed
kimi-k3-geo 2026-11 active 0 output 89001 x 16.5 = 1.4685165 listed
kimi-k3-geo 2026-11 active 0 cache_read 3000007 x 0.33 = 0.99000231 listed
kimi-k3-geo 2026-11 active 0 cache_write_30m 400003 x 4.125 = 1.650012375 listed
grok-flex-global 2026-11 active 0 input 1234567 x 1 = 1.234567 listed
grok-flex-global 2026-11 active 0 output 89001 x 3 = 0.267003 listed
grok-flex-global 2026-11 active 0 cache_read 3000007 x 0.25 = 0.75000175 listed
palmyra 2026-09 active 0 input 1234567 x 0.6 = 0.7407402 listed
palmyra 2026-09 active 0 output 89001 x 6 = 0.534006 listed
gemma 2026-09 active 0 input 1234567 x 0.23 = 0.28395041 listed
gemma 2026-09 active 0 output 89001 x 0.38 = 0.03382038 listed
";

fn expected() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = EXPECTED.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap())
}

#[test]
fn every_price_is_the_one_that_the_evidence_gives() {
    let report = Report::of(&[fixture("prices.csv")], &[]);
    let cases: BTreeSet<&str> = expected().map(|(case, _)| case).collect();
    assert_eq!(cases.len(), 69);
    for case in cases {
        let own = expected().filter(|(name, _)| *name == case);
        let lines: Vec<&str> = own.map(|(_, line)| line).collect();
        assert_eq!(report.charges_of(case), lines, "{case}");
    }
    assert_eq!(report.table("charges").len(), expected().count());
}

#[test]
fn explain_names_the_row_that_a_dated_price_came_from() {
    let inputs = [fixture("prices.csv")];
    let text = explain("luna-after", &inputs, &["--month", "2026-07"]);
    for line in [
        "  input            1,234,567 / 1,000,000 x 0.22 = 0.27160474   listed",
        "  cache_write_30m  400,003 / 1,000,000 x 0.275 = 0.110000825   listed",
    ] {
        assert!(
            text.lines().any(|found| found.starts_with(line)),
            "{line}\n{text}"
        );
    }
    let row = text.lines().find(|line| line.contains("x 0.22 =")).unwrap();
    assert!(row.contains("2026-07-30") && row.contains("genai-prices-0.2.3"));
    let text = explain("luna-global-before", &inputs, &["--month", "2026-07"]);
    let line = "  input            1,234,567 x no known price: not part of any total";
    assert!(text.lines().any(|found| found.starts_with(line)), "{text}");
}
