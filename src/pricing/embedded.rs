//! The tables that the binary carries: one line per file under `pricing/`, so that a new file
//! is a visible change. A test compares the list with the folder. Imports nothing.
//!
//! Sample: `("prices/anthropic.toml", "[[price]] ...")`.

/// The hash of all of them, made by the build script.
pub(super) const HASH: &str = include_str!(concat!(env!("OUT_DIR"), "/hash"));

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!($name, ".toml"),
            include_str!(concat!("../../pricing/", $name, ".toml")),
            include_str!(concat!(env!("OUT_DIR"), "/", $name, ".json")),
        )),*]
    };
}

/// Name below `pricing/` and text of every file, and its rows as the build script wrote them.
pub(super) const FILES: &[(&str, &str, &str)] = files![
    "geographies",
    "lifecycle/ai21",
    "lifecycle/amazon",
    "lifecycle/anthropic",
    "lifecycle/cohere",
    "lifecycle/deepseek",
    "lifecycle/google",
    "lifecycle/luma",
    "lifecycle/meta",
    "lifecycle/minimax",
    "lifecycle/mistral",
    "lifecycle/moonshotai",
    "lifecycle/nvidia",
    "lifecycle/openai",
    "lifecycle/qwen",
    "lifecycle/stability",
    "lifecycle/twelvelabs",
    "lifecycle/writer",
    "lifecycle/xai",
    "lifecycle/zai",
    "prices/ai21",
    "prices/amazon",
    "prices/anthropic",
    "prices/cohere",
    "prices/deepseek",
    "prices/google",
    "prices/meta",
    "prices/minimax",
    "prices/mistral",
    "prices/moonshotai",
    "prices/nvidia",
    "prices/openai",
    "prices/qwen",
    "prices/stability",
    "prices/twelvelabs",
    "prices/writer",
    "prices/xai",
    "prices/zai",
    "sources",
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
        let listed: Vec<&str> = FILES.iter().map(|(name, ..)| *name).collect();
        assert_eq!(listed, found);
    }
}
