//! The entry of tests/bench/forecast: splits in, forecasts out. Runs only when asked:
//! `EOLCAST_FORECAST_BENCH=IN.csv:DAYS.csv:SUMS.csv cargo test --lib forecast_bench -- --ignored`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use super::forecast::{SeriesForecast, Span, forecast_series};
use super::interval::{Part, Spread};
use crate::domain::Rate;

const HORIZON: usize = 90;

/// One line of the input.
struct Split {
    /// Kind, group and split: what is added up.
    group: (String, String, String),
    series: String,
    forecast: SeriesForecast,
}

fn spans() -> Vec<Span> {
    let months = (0..3).map(|month| Span {
        from: month * 30,
        to: (month + 1) * 30,
    });
    months.collect()
}

fn read(text: &str) -> Vec<Split> {
    let split = |line: &str| {
        let fields: Vec<&str> = line.trim_end().split(',').collect();
        let [kind, group, series, split, history, values] = fields[..] else {
            panic!("{line}");
        };
        let known = values.split(' ').take(history.parse().unwrap());
        let days: Vec<f64> = known.map(|value| value.parse().unwrap()).collect();
        let first = days.iter().position(|day| *day > 0.0).unwrap();
        Split {
            group: (kind.to_owned(), group.to_owned(), split.to_owned()),
            series: series.to_owned(),
            forecast: forecast_series(&days[first..], HORIZON, &spans()),
        }
    };
    text.lines().skip(1).map(split).collect()
}

#[test]
#[ignore = "the entry of tests/bench/forecast"]
fn forecast_bench() {
    let paths = std::env::var("EOLCAST_FORECAST_BENCH").unwrap();
    let paths: Vec<&str> = paths.split(':').collect();
    let splits = read(&fs::read_to_string(paths[0]).unwrap());
    let mut days = "kind,group,series,split,day,point\n".to_owned();
    let mut sums = "kind,group,series,split,span,point,low_80,high_80,low_95,high_95\n".to_owned();
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (number, split) in splits.iter().enumerate() {
        groups.entry(split.group.clone()).or_default().push(number);
        let (kind, group, at) = &split.group;
        for (day, point) in split.forecast.path.iter().enumerate() {
            writeln!(days, "{kind},{group},{},{at},{day},{point}", split.series).unwrap();
        }
    }
    for ((kind, group, at), members) in groups {
        let seed = |number: &usize| super::forecast::seed_of(&splits[*number].series);
        let seeded = members
            .iter()
            .map(|member| (&splits[*member].forecast, seed(member)));
        let spread = Spread::new(seeded, &spans());
        let part = |(place, member): (usize, &usize), span: usize| Part {
            series: place,
            span,
            amount: splits[*member].forecast.path[30 * span..30 * (span + 1)]
                .iter()
                .sum(),
        };
        let mut line = |series: &str, span: &str, parts: &[Part]| {
            let point: f64 = parts.iter().map(|part| part.amount).sum();
            let Some(bounds) = spread.bounds(parts) else {
                return;
            };
            let times = |rate: Rate| rate.factor().to_string().parse::<f64>().unwrap() * point;
            let [a, b, c, d] =
                [bounds.low_80, bounds.high_80, bounds.low_95, bounds.high_95].map(times);
            writeln!(
                sums,
                "{kind},{group},{series},{at},{span},{point},{a},{b},{c},{d}"
            )
            .unwrap();
        };
        let whole = (0..3).map(|span| vec![span]).chain([vec![0, 1, 2]]);
        for span in whole {
            let name = if span.len() == 1 {
                span[0].to_string()
            } else {
                "all".to_owned()
            };
            let of =
                |one: (usize, &usize)| span.iter().map(|span| part(one, *span)).collect::<Vec<_>>();
            for one in members.iter().enumerate() {
                line(&splits[*one.1].series, &name, &of(one));
            }
            if members.len() > 1 {
                let all: Vec<Part> = members.iter().enumerate().flat_map(of).collect();
                line("TOTAL", &name, &all);
            }
        }
    }
    fs::write(paths[1], days).unwrap();
    fs::write(paths[2], sums).unwrap();
}
