//! Request metadata: the few key-value pairs of a request that the settings keep.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::Text;

/// The kept request-metadata pairs of a usage row, keys sorted; cheap to clone.
///
/// Written as a JSON object (`{"team":"search"}`), and as nothing at all when empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RequestMetadata(Option<Arc<Kept>>);

/// Pairs, and the text that is made of them once: very many rows share them. Only the pairs are
/// compared.
#[derive(Debug, Default)]
struct Kept {
    pairs: BTreeMap<Text, Text>,
    json: OnceLock<Text>,
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for Kept {}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        self.pairs.cmp(&other.pairs)
    }
}

impl Hash for Kept {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pairs.hash(state);
    }
}

impl RequestMetadata {
    /// Collects pairs; a key named twice keeps its last value.
    pub fn new(pairs: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let pairs: BTreeMap<Text, Text> = pairs.into_iter().collect();
        let json = OnceLock::new();
        Self((!pairs.is_empty()).then(|| Arc::new(Kept { pairs, json })))
    }

    /// Reads the JSON object of a usage table; values must be texts.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        let pairs: BTreeMap<String, String> = serde_json::from_str(json)?;
        Ok(Self::new(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into())),
        ))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.0.as_ref()?.pairs.get(key)
    }

    /// The pairs, keys sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter().flat_map(|kept| &kept.pairs)
    }

    /// The JSON object with sorted keys, if there is a pair.
    pub(crate) fn json(&self) -> Option<&Text> {
        let kept = self.0.as_ref()?;
        Some(kept.json.get_or_init(|| {
            let pairs = kept.pairs.iter();
            let pairs = pairs.map(|(key, value)| (key.to_string(), value.to_string().into()));
            Value::Object(pairs.collect()).to_string().into()
        }))
    }

    /// Whether nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Display for RequestMetadata {
    /// The JSON object with sorted keys, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json().map_or("", |json| json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_written_with_sorted_keys_and_read_back() {
        let metadata = RequestMetadata::new([
            ("team".into(), "a \"b\"".into()),
            ("app".into(), "x".into()),
        ]);
        let json = metadata.to_string();
        assert_eq!(json, r#"{"app":"x","team":"a \"b\""}"#);
        assert_eq!(RequestMetadata::from_json(&json).unwrap(), metadata);
        assert_eq!(RequestMetadata::default().to_string(), "");
    }
}
