//! Responses, and how long they may be kept.

use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use sabt_chain::tile::{CHECKPOINT_CONTENT_TYPE, TILE_CONTENT_TYPE};
use sabt_domain::refusal::Refusal;

/// The newest checkpoint is another one within a second: whoever keeps it asks again.
const CACHE_CHECKPOINT: &str = "no-cache";
/// A tile never changes. It is for auditors alone, so that no cache between may keep it for others: C2SP tlog-tiles
/// says `public`, of logs whose entries are.
const CACHE_TILE: &str = "private, max-age=31536000, immutable";
/// What is not there may be there soon.
const CACHE_NOTHING: &str = "no-store";

/// One response; its body is whole before it leaves.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    content_type: &'static str,
    cache: &'static str,
    extra: Option<(HeaderName, &'static str)>,
    body: Vec<u8>,
}

impl Answer {
    /// A checkpoint.
    pub(super) fn checkpoint(note: &str) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: CHECKPOINT_CONTENT_TYPE,
            cache: CACHE_CHECKPOINT,
            extra: None,
            body: note.as_bytes().to_vec(),
        }
    }

    /// A tile or bundle.
    pub(super) const fn tile(body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: TILE_CONTENT_TYPE,
            cache: CACHE_TILE,
            extra: None,
            body,
        }
    }

    /// What went wrong, and what to do.
    fn problem(status: StatusCode, problem: &str, remedy: &str) -> Self {
        Self {
            status,
            content_type: CHECKPOINT_CONTENT_TYPE,
            cache: CACHE_NOTHING,
            extra: None,
            body: format!("{problem}\n{remedy}\n").into_bytes(),
        }
    }

    pub(super) fn not_found() -> Self {
        Self::problem(
            StatusCode::NOT_FOUND,
            "There is nothing at this path.",
            "Ask for /events/checkpoint, /disclosures/checkpoint, or tiles that the newest checkpoint covers.",
        )
    }

    pub(super) fn no_checkpoint() -> Self {
        Self::problem(
            StatusCode::NOT_FOUND,
            "No checkpoint has been published yet.",
            "Retry in a second.",
        )
    }

    pub(super) fn path_too_long() -> Self {
        Self::problem(
            StatusCode::URI_TOO_LONG,
            "The path is longer than any that exists.",
            "Ask for paths of C2SP tlog-tiles.",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        let answer = Self::problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "This endpoint is only read.",
            "Use GET or HEAD.",
        );
        answer.with(ALLOW, "GET, HEAD")
    }

    /// The body that came is not read, so that nothing after it can be.
    pub(super) fn no_body_wanted() -> Self {
        let answer = Self::problem(
            StatusCode::BAD_REQUEST,
            "The request has a body.",
            "Ask without one.",
        );
        answer.with(CONNECTION, "close")
    }

    /// The caller showed no certificate, or one that names nobody.
    pub(super) fn unauthorized(refusal: &Refusal) -> Self {
        let answer = Self::problem(
            StatusCode::UNAUTHORIZED,
            refusal.message(),
            refusal.remedy(),
        );
        answer.with(WWW_AUTHENTICATE, "ClientCertificate")
    }

    /// The caller is somebody who may not read this.
    pub(super) fn forbidden(refusal: &Refusal) -> Self {
        Self::problem(StatusCode::FORBIDDEN, refusal.message(), refusal.remedy())
    }

    /// It may be had a moment later.
    pub(super) fn unavailable(problem: &str) -> Self {
        let answer = Self::problem(
            StatusCode::SERVICE_UNAVAILABLE,
            problem,
            "Retry in some seconds.",
        );
        answer.with(RETRY_AFTER, "5")
    }

    /// Nothing is shown but checkpoints.
    pub(super) fn checkpoints_only() -> Self {
        Self::problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "This is a restored copy that is not confirmed: it cannot record who reads it, so it shows its checkpoints alone.",
            "Read the records when the operator has confirmed the copy.",
        )
    }

    /// The ledger cannot be read; the operator's log says why.
    pub(super) fn fault() -> Self {
        Self::problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The ledger cannot be read.",
            "Tell the operator; the registry's log says what is damaged.",
        )
    }

    fn with(self, name: HeaderName, value: &'static str) -> Self {
        let extra = Some((name, value));
        Self { extra, ..self }
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// As it is sent; `last` asks the peer to connect again for the next. Of an answer to HEAD the body is left out
    /// by the connection.
    pub(super) fn into_response(self, last: bool) -> Response<Full<Bytes>> {
        let length = self.body.len();
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if last {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some((name, value)) = self.extra {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
