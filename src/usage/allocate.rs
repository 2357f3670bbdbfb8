//! Whose usage it is: rules that map a row to a workload.
//!
//! The first rule whose patterns all match wins. Without rules a row belongs to its
//! application inference profile's name, else to the first kept request-metadata key it
//! carries, else to its role or user. What nothing claims is `unallocated`, shown like any
//! other workload. Imports `domain` only.
//!
//! Sample: `name = "chat-{1}"` with `principal = "*:assumed-role/chat-*"` makes {1} the part
//! before `:assumed-role` and {2} the rest of the role.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use regex::Regex;

use crate::domain::{InferenceProfile, ModelNaming, Text, UsageRow};

/// The workload of usage that no rule claims.
pub const UNALLOCATED: &str = "unallocated";

/// A text with `*` for any run of characters; the whole text must match.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Option<Regex>,
    stars: usize,
    text: String,
}

impl Pattern {
    /// Reads a pattern. Every text is one: without `*` it matches itself only.
    pub fn new(text: &str) -> Self {
        let parts: Vec<String> = text.split('*').map(regex::escape).collect();
        // Escaped text joined by groups is always a valid expression unless it is too big; such
        // a pattern then matches its own text only.
        let regex = Regex::new(&format!("(?s)^{}$", parts.join("(.*?)"))).ok();
        Self {
            regex,
            stars: parts.len() - 1,
            text: text.to_owned(),
        }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.captures(text).is_some()
    }

    /// What each `*` stands for, if the whole text matches.
    fn captures<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        match &self.regex {
            Some(regex) => {
                let captures = regex.captures(text)?;
                Some(
                    captures
                        .iter()
                        .skip(1)
                        .map(|group| group.map_or("", |part| part.as_str()))
                        .collect(),
                )
            }
            None => (self.text == text).then(Vec::new),
        }
    }
}

/// One `[[workload]]` of the settings: all given patterns must match.
#[derive(Debug, Clone)]
pub struct AllocationRule {
    /// The workload; `{1}`, `{2}` ... are what the stars of the patterns stand for, counted
    /// through in the order of the fields below.
    pub name: String,
    /// Role or user ARN without the session name.
    pub principal: Option<Pattern>,
    /// Account id.
    pub account: Option<Pattern>,
    /// Region.
    pub region: Option<Pattern>,
    /// Application inference profile: its ARN, its bare id or its name.
    pub inference_profile: Option<Pattern>,
    /// Model id.
    pub model: Option<Pattern>,
    /// Kept request-metadata keys.
    pub metadata: BTreeMap<String, Pattern>,
    /// Tags of the application inference profile.
    pub tags: BTreeMap<String, Pattern>,
}

impl AllocationRule {
    /// Refuses a name that uses a star which the patterns do not have.
    pub fn check_captures(&self) -> Result<(), String> {
        let stars: usize = self.patterns().map(|pattern| pattern.stars).sum();
        for number in placeholders(&self.name) {
            if number == 0 || number > stars {
                return Err(format!(
                    "workload '{}' uses {{{number}}}, but its patterns have {stars} '*' in all; {{1}} is the first",
                    self.name
                ));
            }
        }
        Ok(())
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        [
            &self.principal,
            &self.account,
            &self.region,
            &self.inference_profile,
            &self.model,
        ]
        .into_iter()
        .flatten()
        .chain(self.metadata.values())
        .chain(self.tags.values())
    }

    /// The workload of a row, if every pattern matches.
    fn workload(&self, row: &UsageRow, profile: Option<&InferenceProfile>) -> Option<Text> {
        let mut stars = Vec::new();
        let mut take = |pattern: &Pattern, texts: &[Option<&str>]| -> Option<()> {
            let captures = texts
                .iter()
                .flatten()
                .find_map(|text| pattern.captures(text))?;
            stars.extend(captures.into_iter().map(str::to_owned));
            Some(())
        };
        let seen = row.inference_profile.as_deref();
        let profile_forms = [
            seen,
            seen.and_then(|arn| arn.rsplit('/').next()),
            profile.and_then(|profile| profile.name.as_deref()),
        ];
        let fields: [(&Option<Pattern>, &[Option<&str>]); 5] = [
            (&self.principal, &[row.principal.as_deref()]),
            (&self.account, &[Some(&row.account_id)]),
            (&self.region, &[Some(&row.region)]),
            (&self.inference_profile, &profile_forms),
            (&self.model, &[Some(row.model_id.as_str())]),
        ];
        for (pattern, texts) in fields {
            if let Some(pattern) = pattern {
                take(pattern, texts)?;
            }
        }
        for (key, pattern) in &self.metadata {
            take(pattern, &[row.metadata.get(key).map(|value| &**value)])?;
        }
        for (key, pattern) in &self.tags {
            take(
                pattern,
                &[profile
                    .and_then(|profile| profile.tags.get(key.as_str()))
                    .map(|value| &**value)],
            )?;
        }
        Some(fill(&self.name, &stars).into())
    }
}

/// The numbers in braces of a name.
fn placeholders(name: &str) -> impl Iterator<Item = usize> {
    name.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}')?.0.parse().ok())
}

fn fill(name: &str, stars: &[String]) -> String {
    let mut filled = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let star = after.split_once('}').and_then(|(number, behind)| {
            let number: usize = number.parse().ok()?;
            Some((stars.get(number.checked_sub(1)?)?, behind))
        });
        rest = match star {
            Some((star, behind)) => {
                filled.push_str(star);
                behind
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

/// All rules, in order.
#[derive(Debug, Clone, Default)]
pub struct AllocationRules {
    rules: Vec<AllocationRule>,
    metadata_keys: Vec<String>,
}

impl AllocationRules {
    /// Takes rules in order, and the request-metadata keys that are kept, in order of weight.
    pub fn new(rules: Vec<AllocationRule>, metadata_keys: Vec<String>) -> Self {
        Self {
            rules,
            metadata_keys,
        }
    }

    /// The request-metadata keys to keep while reading.
    pub fn metadata_keys(&self) -> &[String] {
        &self.metadata_keys
    }

    /// Gives every row its workload; a row that comes with one keeps it. Returns which rule
    /// (by index) speaks for each workload: owner, lead time and so on hang on it.
    pub fn allocate(&self, rows: &mut [UsageRow], naming: &ModelNaming) -> BTreeMap<Text, usize> {
        let mut rule_of: BTreeMap<Text, usize> = BTreeMap::new();
        // The first of the rows in which the rules see the same, and what they said.
        let mut known: HashTable<(usize, (Text, Option<usize>))> = HashTable::new();
        let state = foldhash::fast::RandomState::default();
        let hash = |row: &UsageRow| state.hash_one(looked_at(row));
        for at in 0..rows.len() {
            let row = &rows[at];
            let (workload, rule) = match &row.workload {
                Some(workload) => {
                    let rule = self.rules.iter().position(|rule| *rule.name == **workload);
                    (workload.clone(), rule)
                }
                None => {
                    let alike =
                        |(first, _): &(usize, _)| looked_at(&rows[*first]) == looked_at(row);
                    let of_row = known.entry(hash(row), alike, |(first, _)| hash(&rows[*first]));
                    let found = of_row.or_insert_with(|| (at, self.workload(row, naming)));
                    found.get().1.clone()
                }
            };
            if let Some(rule) = rule {
                let speaks = rule_of.entry(workload.clone()).or_insert(rule);
                *speaks = rule.min(*speaks);
            }
            rows[at].workload = Some(workload);
        }
        rule_of
    }

    fn workload(&self, row: &UsageRow, naming: &ModelNaming) -> (Text, Option<usize>) {
        let profile = row
            .inference_profile
            .as_deref()
            .and_then(|name| naming.profile(name));
        if self.rules.is_empty() {
            return (self.default_workload(row, profile), None);
        }
        let claimed = self
            .rules
            .iter()
            .enumerate()
            .find_map(|(at, rule)| Some((rule.workload(row, profile)?, at)));
        match claimed {
            Some((workload, rule)) => (workload, Some(rule)),
            None => (UNALLOCATED.into(), None),
        }
    }

    fn default_workload(&self, row: &UsageRow, profile: Option<&InferenceProfile>) -> Text {
        let profile_name = profile.and_then(|profile| profile.name.clone());
        let from_metadata = || {
            self.metadata_keys
                .iter()
                .find_map(|key| row.metadata.get(key).cloned())
        };
        let from_principal = || {
            row.principal
                .as_deref()
                .and_then(principal_name)
                .map(Text::from)
        };
        profile_name
            .or_else(from_metadata)
            .or_else(from_principal)
            .unwrap_or_else(|| UNALLOCATED.into())
    }
}

/// What the rules look at, per row.
fn looked_at(row: &UsageRow) -> impl Hash + Eq {
    (
        row.principal.as_ref(),
        &row.account_id,
        &row.region,
        row.inference_profile.as_ref(),
        &row.model_id,
        &row.metadata,
    )
}

/// The role or user name of an ARN without session name; paths are left away.
fn principal_name(arn: &str) -> Option<&str> {
    let resource = arn.rsplit(':').next()?;
    let name = resource.rsplit('/').next()?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Granularity, ModelId, RequestMetadata, ServiceTier, Source, TokenCounts};

    fn row(principal: Option<&str>) -> UsageRow {
        UsageRow {
            hour: chrono::DateTime::UNIX_EPOCH,
            granularity: Granularity::Day,
            account_id: "111122223333".into(),
            region: "us-east-1".into(),
            model_id: ModelId::new("amazon.nova-lite-v1:0"),
            endpoint_scope: None,
            geo: None,
            service_tier: ServiceTier::Standard,
            prompt_band: None,
            inference_profile: None,
            principal: principal.map(Into::into),
            metadata: RequestMetadata::default(),
            workload: None,
            counts: TokenCounts::default(),
            source: Source::Files,
        }
    }

    fn rule(name: &str, principal: &str) -> AllocationRule {
        AllocationRule {
            name: name.into(),
            principal: Some(Pattern::new(principal)),
            account: None,
            region: None,
            inference_profile: None,
            model: None,
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
        }
    }

    fn workload_of(rules: &AllocationRules, naming: &ModelNaming, row: UsageRow) -> String {
        let mut rows = [row];
        rules.allocate(&mut rows, naming);
        rows[0].workload.as_deref().unwrap().to_owned()
    }

    const CHECKOUT: &str = "arn:aws:sts::111122223333:assumed-role/checkout-prod";

    #[test]
    fn the_first_matching_rule_wins_and_its_stars_are_counted_through() {
        let first = rule("checkout-{2}", "arn:aws:sts::*:assumed-role/checkout-*");
        first.check_captures().unwrap();
        let rules = AllocationRules::new(vec![first, rule("all", "*")], vec![]);
        assert_eq!(
            workload_of(&rules, &ModelNaming::default(), row(Some(CHECKOUT))),
            "checkout-prod"
        );
        assert_eq!(
            workload_of(
                &rules,
                &ModelNaming::default(),
                row(Some("arn:aws:iam::1:user/bo"))
            ),
            "all"
        );
        assert_eq!(
            workload_of(&rules, &ModelNaming::default(), row(None)),
            UNALLOCATED
        );
    }

    #[test]
    fn all_given_patterns_must_match() {
        let mut two = rule("x", "*checkout*");
        two.region = Some(Pattern::new("eu-*"));
        let rules = AllocationRules::new(vec![two], vec![]);
        assert_eq!(
            workload_of(&rules, &ModelNaming::default(), row(Some(CHECKOUT))),
            UNALLOCATED
        );
        let in_europe = UsageRow {
            region: "eu-west-1".into(),
            ..row(Some(CHECKOUT))
        };
        assert_eq!(workload_of(&rules, &ModelNaming::default(), in_europe), "x");
    }

    #[test]
    fn metadata_and_tags_and_profiles_can_claim_a_row() {
        let mut naming = ModelNaming::default();
        let profile = InferenceProfile {
            name: Some("chat".into()),
            model: "amazon.nova-lite-v1:0".into(),
            tags: [("cost".into(), "cc-7".into())].into(),
        };
        naming.profiles.insert("abcd1234efgh".into(), profile);
        let arn =
            "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcd1234efgh";
        let mut seen = row(None);
        seen.inference_profile = Some(arn.into());
        seen.metadata = RequestMetadata::new([("team".into(), "blue".into())]);
        let empty = AllocationRule {
            principal: None,
            ..rule("{1}", "")
        };
        let by_tag = AllocationRule {
            tags: [("cost".into(), Pattern::new("cc-*"))].into(),
            ..empty.clone()
        };
        let by_team = AllocationRule {
            metadata: [("team".into(), Pattern::new("*"))].into(),
            ..empty.clone()
        };
        for (claims, workload) in [
            (by_tag, "7"),
            (by_team, "blue"),
            (
                AllocationRule {
                    inference_profile: Some(Pattern::new("ch*")),
                    ..empty.clone()
                },
                "at",
            ),
            (
                AllocationRule {
                    inference_profile: Some(Pattern::new("abcd*")),
                    ..empty.clone()
                },
                "1234efgh",
            ),
        ] {
            let rules = AllocationRules::new(vec![claims], vec!["team".into()]);
            assert_eq!(workload_of(&rules, &naming, seen.clone()), workload);
        }
    }

    #[test]
    fn without_rules_profile_then_metadata_then_role_name_the_workload() {
        let rules = AllocationRules::new(vec![], vec!["app".into(), "team".into()]);
        let mut seen = row(Some(CHECKOUT));
        assert_eq!(
            workload_of(&rules, &ModelNaming::default(), seen.clone()),
            "checkout-prod"
        );
        seen.metadata = RequestMetadata::new([
            ("team".into(), "blue".into()),
            ("app".into(), "cart".into()),
        ]);
        assert_eq!(
            workload_of(&rules, &ModelNaming::default(), seen.clone()),
            "cart"
        );
        seen.inference_profile = Some("abcd1234efgh".into());
        let mut naming = ModelNaming::default();
        let profile = InferenceProfile {
            name: Some("chat".into()),
            model: "x".into(),
            tags: BTreeMap::new(),
        };
        naming.profiles.insert("abcd1234efgh".into(), profile);
        assert_eq!(workload_of(&rules, &naming, seen), "chat");
        assert_eq!(
            workload_of(&rules, &ModelNaming::default(), row(None)),
            UNALLOCATED
        );
    }

    #[test]
    fn a_row_that_comes_with_a_workload_keeps_it_and_finds_its_rule_by_name() {
        let rules = AllocationRules::new(vec![rule("other", "*"), rule("cart", "never")], vec![]);
        let mut rows = [UsageRow {
            workload: Some("cart".into()),
            ..row(Some(CHECKOUT))
        }];
        let speaks = rules.allocate(&mut rows, &ModelNaming::default());
        assert_eq!(rows[0].workload.as_deref(), Some("cart"));
        assert_eq!(speaks[&Text::from("cart")], 1);
    }

    #[test]
    fn a_pattern_is_no_regular_expression() {
        assert!(Pattern::new("a.b").matches("a.b"));
        assert!(!Pattern::new("a.b").matches("axb"));
        assert!(!Pattern::new("b").matches("abc"));
        assert!(Pattern::new("*(*").matches("x(y\nz"));
        assert_eq!(
            fill("a{1}{9}{x}-{2}", &["1".into(), "2".into()]),
            "a1{9}{x}-2"
        );
    }
}
