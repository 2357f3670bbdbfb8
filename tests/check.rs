//! `check --conflicts` and `check --prices-csv`: what the tables hold, for people.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::program::Desk;

/// A small tree of its own: one price that needs care in CSV, one disagreement.
fn tree(desk: &Desk) {
    desk.put(
        "my/sources.toml",
        "[[source]]\nid = 'page'\nkind = 'docs'\ntitle = 'Page'\nurl = 'https://example.com'\nretrieved_on = '2026-07-24'\n\
         [[source]]\nid = 'api'\nkind = 'api-status'\ntitle = 'Answers'\nurl = 'https://example.com'\nretrieved_on = '2026-08-01'\n",
    );
    desk.put("my/geographies.toml", "");
    desk.put(
        "my/prices/acme.toml",
        "[[price]]\nmodel = 'acme.a-v1:0'\nscope = 'in-region'\nregions = ['us-west-2', '*']\ntier = 'standard'\nphase = 'normal'\nunit = '1000000 Tokens'\n\
         output = '5.00'\ninput = '0.10'\nconfidence = 'high'\nsource = 'page'\nchecked_on = '2026-07-24'\n\
         [[price]]\nmodel = 'acme.a-v1:0'\nscope = 'in-region'\nregions = ['*']\ntier = 'standard'\nphase = 'extended-access'\nunit = '1000000 Tokens'\neffective_from = '2026-01-01'\n\
         input = '0.20'\nconfidence = 'high'\nsource = 'page'\nchecked_on = '2026-07-24'\n",
    );
    desk.put(
        "my/lifecycle/acme.toml",
        "[[model]]\nid = 'acme.a-v1:0'\nname = 'A'\nkind = 'text'\nregions = ['us-east-1', 'us-west-2']\nlegacy_from = '2026-01-01'\nend_of_life = { on = '2026-07-01' }\n\
         provider_end_of_life = { on = '2026-06-30' }\n\
         conflicts = [{ source = 'api', says = 'another end', regions = ['us-west-2'], end_of_life = { on = '2026-07-15' } }]\n\
         confidence = 'high'\nsource = 'page'\nchecked_on = '2026-07-24'\n",
    );
}

#[test]
fn conflicts_say_who_says_what_who_is_followed_why_and_the_days() {
    let desk = Desk::new();
    tree(&desk);
    let run = desk
        .run(&["check", "--conflicts", "--pricing", "my"])
        .expect(0);
    assert!(run.err.is_empty(), "{run:#?}");
    assert_snapshot!(run.out, @r"
    acme.a-v1:0
      Regions   us-west-2
      followed  docs row page: Legacy 2026-01-01, end of life 2026-07-01 (my/lifecycle/acme.toml:1)
      against   API status api: another end
      why       docs row is trusted above API status
      changes   end of life 2026-07-15 instead of 2026-07-01: 14 days later

    The provider's own dates: they end the model on the provider's platform and nothing on Bedrock, so
    they are no conflict.
    acme.a-v1:0
                the provider's own end 2026-06-30, 1 day before Bedrock's 2026-07-01 (us-east-1
                us-west-2)

    not followed: 1 statement on 1 model; the provider's own: 1 date
    ");
}

#[test]
fn the_conflicts_of_the_real_tables_fit_the_screen_and_are_the_same_each_time() {
    let desk = Desk::new();
    let first = desk.run(&["check", "--conflicts"]).expect(0).out;
    assert_eq!(first, desk.run(&["check", "--conflicts"]).expect(0).out);
    for line in first.lines() {
        assert!(
            line.chars().count() <= 100 && !line.ends_with(' '),
            "{line}"
        );
    }
    for part in [
        "anthropic.claude-3-opus-20240229-v1:0\n",
        "end of life 2026-01-30 instead of 2026-01-15: 15 days later",
        "twelvelabs.marengo-embed-3-0-v1:0\n",
        "the provider's own end 2026-11-30, 129 days before Bedrock's 2027-04-08",
    ] {
        assert!(first.contains(part), "'{part}' is missing");
    }
}

#[test]
fn the_price_list_is_a_sorted_csv_with_a_line_per_region_and_meter() {
    let desk = Desk::new();
    tree(&desk);
    let run = desk
        .run(&["check", "--prices-csv", "--pricing", "my"])
        .expect(0);
    assert!(run.err.is_empty(), "{run:#?}");
    assert_eq!(
        run.out,
        "model_id,region,endpoint_scope,service_tier,prompt_band,phase,sku_meter,list_unit_price,pricing_unit,effective_from,source,checked_on,price_basis\n\
         acme.a-v1:0,*,in-region,standard,0,extended-access,input,0.2,1000000 Tokens,2026-01-01,page,2026-07-24,listed\n\
         acme.a-v1:0,*,in-region,standard,0,normal,input,0.1,1000000 Tokens,,page,2026-07-24,listed\n\
         acme.a-v1:0,*,in-region,standard,0,normal,output,5,1000000 Tokens,,page,2026-07-24,listed\n\
         acme.a-v1:0,us-west-2,in-region,standard,0,normal,input,0.1,1000000 Tokens,,page,2026-07-24,listed\n\
         acme.a-v1:0,us-west-2,in-region,standard,0,normal,output,5,1000000 Tokens,,page,2026-07-24,listed\n"
    );
}

#[test]
fn the_price_list_of_the_real_tables_holds_every_key_once() {
    let desk = Desk::new();
    let list = desk.run(&["check", "--prices-csv"]).expect(0).out;
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let keys: Vec<Vec<String>> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let key = record.iter().take(7).chain(record.get(9));
            key.map(str::to_owned).collect()
        })
        .collect();
    assert!(keys.len() > 4_000, "{}", keys.len());
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
}

#[test]
fn the_two_lists_are_asked_for_one_at_a_time() {
    let run = Desk::new().run(&["check", "--conflicts", "--prices-csv"]);
    run.expect(2).says(&["cannot be used with"]);
}
