//! When a fetch of many objects ends early, and how failures are worded.

use super::*;

fn failure(kind: FailureKind, code: Option<&str>) -> AwsFailure {
    AwsFailure {
        operation: GET.to_owned(),
        kind,
        code: code.map(str::to_owned),
        message: String::new(),
    }
}

#[test]
fn three_refusals_end_it_only_if_nothing_could_be_read() {
    let denied = failure(FailureKind::Denied, Some("AccessDenied"));
    assert!(!is_hopeless(&denied, 2, true));
    assert!(is_hopeless(&denied, 3, true));
    assert!(!is_hopeless(&denied, 300, false));
}

#[test]
fn credentials_that_expire_end_it_at_once_and_a_deleted_object_never() {
    let expired = failure(FailureKind::Expired, Some("ExpiredToken"));
    assert!(is_hopeless(&expired, 1, false));
    let deleted = failure(FailureKind::NotFound, Some("NoSuchKey"));
    assert!(!is_hopeless(&deleted, 1_000, true));
    let archived = failure(FailureKind::Service, Some("InvalidObjectState"));
    assert!(!is_hopeless(&archived, 1_000, true));
}

#[test]
fn every_failure_says_what_to_do() {
    for (failure, words) in [
        (
            Failure::Call(failure(FailureKind::Service, Some("InvalidObjectState"))),
            "restore",
        ),
        (
            Failure::Call(failure(FailureKind::NotFound, Some("NoSuchKey"))),
            "deleted after it was listed",
        ),
        (
            Failure::Call(failure(FailureKind::KeyDenied, Some("AccessDenied"))),
            "kms:Decrypt",
        ),
        (Failure::CutOff { at: 5, of: 9 }, "after 5 of 9 bytes"),
        (Failure::Checksum, "--resume"),
    ] {
        assert!(failure.in_words().contains(words), "{}", failure.in_words());
    }
}

#[test]
fn only_what_broke_on_the_way_is_asked_for_again() {
    assert!(Failure::CutOff { at: 0, of: 1 }.may_pass());
    assert!(Failure::Checksum.may_pass());
    assert!(Failure::Call(failure(FailureKind::CutOff, None)).may_pass());
    assert!(!Failure::Call(failure(FailureKind::Denied, None)).may_pass());
    assert!(!Failure::Damaged.may_pass());
}
