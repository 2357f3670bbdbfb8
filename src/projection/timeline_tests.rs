//! Which events show, for whom, and with which money.

use super::super::WorkloadPlan;
use super::super::sample::*;
use super::*;

fn shown(world: &World) -> Vec<String> {
    let line = |row: TimelineRow| {
        format!(
            "{} {} {} {}: {} {}",
            row.date,
            row.event.as_str(),
            row.model_id,
            row.region,
            row.workloads.join("; "),
            row.cost_per_month_affected.unwrap_or_default()
        )
    };
    world.project().timeline.into_iter().map(line).collect()
}

#[test]
fn dates_come_with_the_workloads_and_the_money_behind_them() {
    let mut world = World::new();
    let row = usage("chat", "old", 10, 100_000, 0);
    world.usage.extend(daily(&row, world.options.as_of, 40));
    let plan = WorkloadPlan {
        lead_time_days: Some(30),
        ..WorkloadPlan::default()
    };
    world.options.workloads.insert("chat".into(), plan);
    // search 30 x 4.50 = 135.00, chat 30 x 0.30 = 9.00
    assert_eq!(
        shown(&world),
        [
            "2026-12-16 extended-access old us-east-1: chat; search 144",
            "2026-12-27 start-by old us-east-1: search 135",
            "2027-01-11 start-by old us-east-1: chat 9",
            "2027-02-10 end-of-life old us-east-1: chat; search 144",
        ]
    );
}

#[test]
fn events_of_the_last_30_days_still_show_and_those_at_the_horizon_do_not() {
    let mut world = World::new();
    let set = |world: &mut World, legacy, end| {
        world.lifecycle[0] = ending("old", legacy, None, end);
        shown(world)
    };
    // The horizon ends before 2027-04-01.
    let rows = set(&mut world, "2026-10-23", "2027-03-31");
    assert_eq!(rows.len(), 3, "{rows:?}");
    let rows = set(&mut world, "2026-10-22", "2027-04-01");
    assert_eq!(rows, ["2027-02-15 start-by old us-east-1: search 135"]);
}

#[test]
fn a_floor_is_no_event() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    world.lifecycle[0].end_of_life = Some(EndOfLife::NotBefore(day("2027-01-01")));
    assert!(shown(&world).is_empty());
}
