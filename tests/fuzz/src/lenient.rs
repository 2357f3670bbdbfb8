//! The middle reference: strict where the log reader promises to be, lenient where it says so.
//!
//! serde_json refuses a whole record for anything invalid in it, also where the log reader
//! steps over. This reader knows which keys are looked at. What is looked at must be JSON; of
//! a pair that is stepped over the key is a closed string, and the value is a closed string, a
//! container of balanced brackets, a literal or a number. It goes byte by byte, and what comes
//! out is read by the same rules as what serde_json reads (`oracle::read_value`).
//!
//! Sample: `{"region":"r","x":{"\q":nope]}` is `{"region":"r","x":{}}`.

use serde_json::{Map, Number, Value};

use crate::plain;
use crate::sources::json_walker::Stop;

/// What of a value is looked at.
#[derive(Clone, Copy)]
enum Shape {
    Nothing,
    Text,
    Count,
    Object(fn(&[u8]) -> Shape),
    Array(&'static Shape),
    /// A part, or an array of parts.
    Body,
}

use Shape::{Array, Body, Count, Nothing, Object, Text};

fn record(key: &[u8]) -> Shape {
    match key {
        b"timestamp" | b"accountId" | b"region" | b"modelId" | b"requestId" | b"errorCode" => Text,
        b"identity" => Object(|key| text_of(key, b"arn")),
        b"requestMetadata" => Object(|key| match key {
            b"app" | b"team" => Text,
            _ => Nothing,
        }),
        b"serviceTier" => Object(|key| text_of(key, b"type")),
        b"performanceConfig" => Object(|key| text_of(key, b"latency")),
        b"input" => Object(|key| match key {
            b"inputTokenCount" | b"cacheReadInputTokenCount" | b"cacheWriteInputTokenCount" => {
                Count
            }
            _ => Nothing,
        }),
        b"output" => Object(|key| match key {
            b"outputTokenCount" => Count,
            b"outputBodyJson" => Body,
            _ => Nothing,
        }),
        _ => Nothing,
    }
}

fn part(key: &[u8]) -> Shape {
    match key {
        b"usage" => Object(usage),
        b"message" | b"metadata" => Object(|key| match key {
            b"usage" => Object(usage),
            _ => Nothing,
        }),
        b"amazon-bedrock-invocationMetrics" => Object(|key| match key {
            b"inputTokenCount"
            | b"outputTokenCount"
            | b"cacheReadInputTokenCount"
            | b"cacheWriteInputTokenCount" => Count,
            _ => Nothing,
        }),
        b"inputTextTokenCount"
        | b"prompt_token_count"
        | b"totalOutputTextTokenCount"
        | b"generation_token_count" => Count,
        b"results" => Array(&Object(|key| count_of(key, b"tokenCount"))),
        b"images" => Array(&Nothing),
        b"serviceTier" => Object(|key| text_of(key, b"type")),
        b"performanceConfig" => Object(|key| text_of(key, b"latency")),
        _ => Nothing,
    }
}

fn usage(key: &[u8]) -> Shape {
    match key {
        b"inputTokens"
        | b"input_tokens"
        | b"prompt_tokens"
        | b"outputTokens"
        | b"output_tokens"
        | b"completion_tokens"
        | b"cacheReadInputTokens"
        | b"cacheReadInputTokenCount"
        | b"cache_read_input_tokens"
        | b"cacheWriteInputTokens"
        | b"cacheWriteInputTokenCount"
        | b"cache_creation_input_tokens" => Count,
        b"prompt_tokens_details" | b"input_tokens_details" => {
            Object(|key| count_of(key, b"cached_tokens"))
        }
        b"cacheDetails" => Array(&Object(|key| match key {
            b"ttl" => Text,
            b"inputTokens" => Count,
            _ => Nothing,
        })),
        b"cache_creation" => Object(|key| match key {
            b"ephemeral_5m_input_tokens" | b"ephemeral_1h_input_tokens" => Count,
            _ => Nothing,
        }),
        _ => Nothing,
    }
}

fn text_of(key: &[u8], wanted: &[u8]) -> Shape {
    if key == wanted { Text } else { Nothing }
}

fn count_of(key: &[u8], wanted: &[u8]) -> Shape {
    if key == wanted { Count } else { Nothing }
}

/// Reads the record that the bytes begin with; also where it ends.
pub(crate) fn read(bytes: &[u8]) -> Result<(Value, usize), Stop> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.peek()? != b'{' {
        return Err(Stop::Invalid);
    }
    let value = reader.value(Object(record))?;
    Ok((value, reader.at))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn here(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::CutOff)
    }

    fn peek(&mut self) -> Result<u8, Stop> {
        while let b' ' | b'\n' | b'\r' | b'\t' = self.here()? {
            self.at += 1;
        }
        self.here()
    }

    fn value(&mut self, shape: Shape) -> Result<Value, Stop> {
        match (self.peek()?, shape) {
            (b'{', Object(fields)) => self.object(fields),
            (b'{', Body) => self.object(part),
            (b'[', Array(element)) => self.array(*element),
            (b'[', Body) => self.array(Object(part)),
            (opening @ (b'{' | b'['), _) => {
                self.at = plain::container_end(self.bytes, self.at).ok_or(Stop::CutOff)?;
                Ok(match opening {
                    b'{' => Value::Object(Map::new()),
                    _ => Value::Array(Vec::new()),
                })
            }
            (b'"', Text | Count) => {
                let string = self.string()?;
                // serde_json checks escapes, control characters and UTF-8.
                serde_json::from_slice(string).map_err(|_| Stop::Invalid)
            }
            (b'"', _) => self.string().map(|_| Value::from("stepped over")),
            (b't', _) => self.literal("true", Value::Bool(true)),
            (b'f', _) => self.literal("false", Value::Bool(false)),
            (b'n', _) => self.literal("null", Value::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, fields: fn(&[u8]) -> Shape) -> Result<Value, Stop> {
        let mut map = Map::new();
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(map));
        }
        loop {
            if self.peek()? != b'"' {
                return Err(Stop::Invalid);
            }
            let quoted = self.string()?;
            let key = if quoted.contains(&b'\\') {
                serde_json::from_slice(quoted).map_err(|_| Stop::Invalid)?
            } else {
                String::from_utf8_lossy(&quoted[1..quoted.len() - 1]).into_owned()
            };
            if self.peek()? != b':' {
                return Err(Stop::Invalid);
            }
            self.at += 1;
            let value = self.value(fields(key.as_bytes()))?;
            map.insert(key, value);
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Value::Object(map));
                }
                _ => return Err(Stop::Invalid),
            }
        }
    }

    fn array(&mut self, element: Shape) -> Result<Value, Stop> {
        let mut all = Vec::new();
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::Array(all));
        }
        loop {
            all.push(self.value(element)?);
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::Array(all));
                }
                _ => return Err(Stop::Invalid),
            }
        }
    }

    /// Steps over a string; its bytes, quotes included.
    fn string(&mut self) -> Result<&[u8], Stop> {
        let start = self.at;
        let end = plain::string_end(self.bytes, start).ok_or(Stop::CutOff)?;
        self.at = end + 1;
        Ok(&self.bytes[start..=end])
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, Stop> {
        for byte in word.bytes() {
            if self.here()? != byte {
                return Err(Stop::Invalid);
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Stop> {
        let start = self.at;
        if self.here()? == b'-' {
            self.at += 1;
        }
        if self.here()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.here() == Ok(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Ok(b'e' | b'E') = self.here() {
            self.at += 1;
            if let Ok(b'+' | b'-') = self.here() {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = str::from_utf8(&self.bytes[start..self.at]).unwrap();
        let number: f64 = text.parse().unwrap();
        // JSON knows no infinity; like a truth value it is no plausible count.
        Ok(Number::from_f64(number).map_or(Value::Bool(true), Value::Number))
    }

    fn digits(&mut self) -> Result<(), Stop> {
        if !self.here()?.is_ascii_digit() {
            return Err(Stop::Invalid);
        }
        while self.here().is_ok_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }
}
