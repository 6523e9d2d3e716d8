//! Refusals on the wire: one table from class to gRPC code, details as `google.rpc.ErrorInfo`,
//! `google.rpc.BadRequest` and, where it is known when to come back, `google.rpc.RetryInfo`.

use std::collections::HashMap;
use std::time::Duration;

use sabt_domain::refusal::{Class, Refusal};
use sabt_proto::api::v1 as api;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::rates::RETRY_AFTER;

/// Domain of `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "sabt";

/// The gRPC code of a class.
pub fn code(class: Class) -> Code {
    match class {
        Class::InvalidArgument => Code::InvalidArgument,
        Class::NotFound => Code::NotFound,
        Class::AlreadyExists => Code::AlreadyExists,
        Class::FailedPrecondition => Code::FailedPrecondition,
        Class::PermissionDenied => Code::PermissionDenied,
        Class::Aborted => Code::Aborted,
        Class::Unauthenticated => Code::Unauthenticated,
        Class::ResourceExhausted => Code::ResourceExhausted,
        Class::Unavailable => Code::Unavailable,
    }
}

/// The refusal as the status of a failed call.
pub fn status(refusal: &Refusal) -> Status {
    let mut metadata: HashMap<String, String> = refusal
        .metadata()
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    metadata.insert("rule".to_owned(), refusal.rule().to_owned());
    metadata.insert("remedy".to_owned(), refusal.remedy().to_owned());
    let retry_after = metadata
        .get(RETRY_AFTER)
        .and_then(|millis| millis.parse().ok())
        .map(Duration::from_millis);
    let mut details =
        ErrorDetails::with_error_info(refusal.reason().code(), ERROR_DOMAIN, metadata);
    if retry_after.is_some() {
        details.set_retry_info(retry_after);
    }
    for violation in refusal.violations() {
        details.add_bad_request_violation(&violation.path, violation.problem.as_ref());
    }
    Status::with_error_details(code(refusal.class()), refusal.message(), details)
}

/// The refusal as an item of a stream that goes on.
pub fn message(refusal: &Refusal) -> api::Refusal {
    let mut metadata: HashMap<String, String> = refusal
        .metadata()
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    for violation in refusal.violations() {
        metadata.insert(violation.path.clone(), violation.problem.to_string());
    }
    api::Refusal {
        code: i32::from(code(refusal.class())),
        reason: refusal.reason().code().to_owned(),
        rule: refusal.rule().to_owned(),
        message: refusal.message().to_owned(),
        remedy: refusal.remedy().to_owned(),
        metadata,
    }
}
