//! Request metadata: the few key-value pairs of a request that the settings keep.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Text;

/// The kept request-metadata pairs of a usage row, keys sorted; cheap to clone.
///
/// Written as a JSON object (`{"team":"search"}`), and as nothing at all when empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RequestMetadata(Option<Arc<BTreeMap<Text, Text>>>);

impl RequestMetadata {
    /// Collects pairs; a key named twice keeps its last value.
    pub fn new(pairs: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let pairs: BTreeMap<Text, Text> = pairs.into_iter().collect();
        Self(if pairs.is_empty() {
            None
        } else {
            Some(Arc::new(pairs))
        })
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
        self.0.as_ref()?.get(key)
    }

    /// The pairs, keys sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter().flat_map(|pairs| pairs.iter())
    }

    /// Whether nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Display for RequestMetadata {
    /// The JSON object with sorted keys, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        let pairs: BTreeMap<&str, &str> =
            self.iter().map(|(key, value)| (&**key, &**value)).collect();
        f.write_str(&serde_json::to_string(&pairs).map_err(|_| fmt::Error)?)
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
