//! The tables that the binary carries: one line per file under `pricing/`, so that a new file
//! is a visible change. A test compares the list with the folder. Imports nothing.
//!
//! Sample: `("prices/anthropic.toml", "[[price]] ...")`.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../pricing/", $name)))),*]
    };
}

/// Name below `pricing/` and text of every file.
pub(super) const FILES: &[(&str, &str)] = files![
    "geographies.toml",
    "lifecycle/ai21.toml",
    "lifecycle/amazon.toml",
    "lifecycle/anthropic.toml",
    "lifecycle/cohere.toml",
    "lifecycle/deepseek.toml",
    "lifecycle/google.toml",
    "lifecycle/luma.toml",
    "lifecycle/meta.toml",
    "lifecycle/minimax.toml",
    "lifecycle/mistral.toml",
    "lifecycle/moonshotai.toml",
    "lifecycle/nvidia.toml",
    "lifecycle/openai.toml",
    "lifecycle/qwen.toml",
    "lifecycle/stability.toml",
    "lifecycle/twelvelabs.toml",
    "lifecycle/writer.toml",
    "lifecycle/xai.toml",
    "lifecycle/zai.toml",
    "prices/ai21.toml",
    "prices/amazon.toml",
    "prices/anthropic.toml",
    "prices/cohere.toml",
    "prices/deepseek.toml",
    "prices/google.toml",
    "prices/meta.toml",
    "prices/minimax.toml",
    "prices/mistral.toml",
    "prices/moonshotai.toml",
    "prices/nvidia.toml",
    "prices/openai.toml",
    "prices/qwen.toml",
    "prices/stability.toml",
    "prices/twelvelabs.toml",
    "prices/writer.toml",
    "prices/xai.toml",
    "prices/zai.toml",
    "sources.toml",
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_list_holds_every_file_of_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("pricing");
        let mut found = Vec::new();
        for below in ["", "lifecycle/", "prices/"] {
            for entry in fs::read_dir(root.join(below)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".toml") && !name.ends_with(".example.toml") {
                    found.push(format!("{below}{name}"));
                }
            }
        }
        found.sort();
        let listed: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, found);
    }
}
