//! The ledger: every attempt of every call, and what AWS bills it by.
//!
//! Sample: `cloudwatch:GetMetricData` 2 attempts, 606 metrics requested.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What calls are billed by, where it is not the number of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Billable {
    /// Metrics that `GetMetricData` was asked for.
    MetricsRequested,
    /// Bytes that Logs Insights queries scanned.
    BytesScanned,
    /// Bytes of S3 objects that were read; free inside a Region, billed out of it.
    ObjectBytes,
}

/// Attempts of one operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallCount {
    /// The service, as the SDK names it: `CloudWatch`, `CloudWatch Logs`, `S3`, ...
    pub service: String,
    /// The operation: `GetMetricData`, ...
    pub operation: String,
    /// Attempts that were sent, repetitions too.
    pub attempts: u64,
}

impl CallCount {
    /// `service:Operation` as IAM and plans write it.
    pub fn operation(&self) -> String {
        let service = match self.service.as_str() {
            "CloudWatch Logs" => "logs".to_owned(),
            service => service.to_ascii_lowercase().replace(' ', ""),
        };
        format!("{service}:{}", self.operation)
    }
}

/// Counts the calls of a run; clones share one count.
#[derive(Debug, Clone, Default)]
pub struct CallLedger(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    calls: BTreeMap<(String, String), u64>,
    billed: BTreeMap<Billable, u64>,
}

impl CallLedger {
    /// Notes so many further units.
    pub fn bill(&self, what: Billable, units: u64) {
        let mut counts = self.counts();
        let sum = counts.billed.entry(what).or_default();
        *sum = sum.saturating_add(units);
    }

    /// The units noted so far.
    pub fn billed(&self, what: Billable) -> u64 {
        self.counts().billed.get(&what).copied().unwrap_or(0)
    }

    /// All operations that were called, by service and name.
    pub fn calls(&self) -> Vec<CallCount> {
        let counts = self.counts();
        let each = counts.calls.iter();
        each.map(|((service, operation), attempts)| CallCount {
            service: service.clone(),
            operation: operation.clone(),
            attempts: *attempts,
        })
        .collect()
    }

    pub(super) fn interceptor(&self) -> CountCalls {
        CountCalls(self.clone())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts stay usable whatever happened to another thread.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes each attempt just before it is sent.
#[derive(Debug)]
pub(super) struct CountCalls(CallLedger);

impl Intercept for CountCalls {
    fn name(&self) -> &'static str {
        "CountCalls"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = config.load::<Metadata>() {
            let key = (call.service().to_owned(), call.name().to_owned());
            *self.0.counts().calls.entry(key).or_default() += 1;
        }
        Ok(())
    }
}
