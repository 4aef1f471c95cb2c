//! The routes for tests, demonstrations and operations: `/_sim/...`, health and metrics.
//!
//! | route | what |
//! |---|---|
//! | `GET /_sim/people?limit=100&offset=0&kind=ordinary` | numbers to ask for; `kind` is `ordinary` (default), `replaced`, `cancelled`, `not_integrated`, `deceased` or `any` |
//! | `POST /_sim/replies/{ssin}`, `DELETE` | a whole reply (the body) of RetrieveTIGroups for that number; `DELETE` removes it |
//! | `POST /_sim/faults`, `GET`, `DELETE`; `DELETE /_sim/faults/{id}` | rules: see [`crate::faults`] |
//! | `GET /_sim/ledger?since=0&limit=10000`, `DELETE` | calls after sequence `since`: see [`crate::ledger::Entry`]; `DELETE` forgets all |
//! | `GET /_sim/ledger/summary` | calls and executions, in total, per SSIN, per ticket |
//! | `GET /_sim/registrations?ssin=80010100136`, `POST`, `DELETE` | who is registered, of one person or of all; `POST` adds one by hand: see below; `DELETE` removes all |
//! | `GET /_sim/changes?since=0&limit=10000` | REGISTER and UNREGISTER in the order of execution, after sequence `since`: see [`crate::registrations::Change`] |
//! | `GET /_sim/decisions`, `DELETE` | forms of Loi65 by number, and how often each came: see [`crate::loi65::Decided`]; `DELETE` forgets all |
//! | `GET /healthz`, `/readyz`, `/metrics` | alive; population made; Prometheus text |
//!
//! A registration is posted as `{"ssin": "80010100136", "cbe_number": "0212344876", "purpose": 1, "start": "2026-01-01",
//! "end": "2026-03-31", "register": "PRIMARY"}`. Without `end` it has none, without `register` it goes to both. It
//! needs no person of the population and leaves no line in the log.
//!
//! There is no authentication on them: the simulator is no product.

mod registrations;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use relay_runtime::metrics::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;

use crate::faults::Rule;
use crate::population::Standing;
use crate::simulator::{Simulator, is_eleven_digits};

/// The longest reply that can be given at run time, bytes.
const LONGEST_REPLY: usize = 64 * 1024 * 1024;

/// All routes of this module.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/_sim/people", get(people))
        .route("/_sim/replies/{ssin}", post(put_reply).delete(remove_reply))
        .route(
            "/_sim/faults",
            post(add_fault).get(list_faults).delete(clear_faults),
        )
        .route("/_sim/faults/{id}", delete(remove_fault))
        .route("/_sim/ledger", get(ledger).delete(reset_ledger))
        .route("/_sim/ledger/summary", get(summary))
        .merge(registrations::routes())
        .route("/_sim/decisions", get(decisions).delete(clear_decisions))
        .route("/healthz", get(|| async { "alive\n" }))
        .route(
            "/readyz",
            get(|| async { Json(json!({"ready": true, "checks": {}})) }),
        )
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(LONGEST_REPLY))
}

type Shared = State<Arc<Simulator>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PeopleQuery {
    limit: usize,
    offset: usize,
    kind: Kind,
}

impl Default for PeopleQuery {
    fn default() -> Self {
        Self {
            limit: 100,
            offset: 0,
            kind: Kind::Of(Standing::Ordinary),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Any,
    #[serde(untagged)]
    Of(Standing),
}

async fn people(State(simulator): Shared, Query(query): Query<PeopleQuery>) -> Response {
    let kind = match query.kind {
        Kind::Any => None,
        Kind::Of(standing) => Some(standing),
    };
    Json(simulator.population.list(kind, query.offset, query.limit)).into_response()
}

async fn put_reply(State(simulator): Shared, Path(ssin): Path<String>, body: Bytes) -> Response {
    if !is_eleven_digits(&ssin) {
        return problem(StatusCode::BAD_REQUEST, "the path must end with eleven digits");
    }
    simulator.replies.put(ssin, body);
    StatusCode::NO_CONTENT.into_response()
}

async fn remove_reply(State(simulator): Shared, Path(ssin): Path<String>) -> Response {
    removed(
        simulator.replies.remove(&ssin),
        "no reply was given for this number",
    )
}

async fn add_fault(State(simulator): Shared, Json(rule): Json<Rule>) -> Response {
    if let Err(error) = rule.check() {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
    }
    (
        StatusCode::CREATED,
        Json(json!({"id": simulator.script.add(rule)})),
    )
        .into_response()
}

async fn list_faults(State(simulator): Shared) -> Response {
    Json(simulator.script.list()).into_response()
}

async fn clear_faults(State(simulator): Shared) -> StatusCode {
    simulator.script.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(simulator): Shared, Path(id): Path<u64>) -> Response {
    removed(simulator.script.remove(id), "there is no rule of this id")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LogQuery {
    since: u64,
    limit: usize,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self {
            since: 0,
            limit: 10_000,
        }
    }
}

async fn ledger(State(simulator): Shared, Query(query): Query<LogQuery>) -> Response {
    Json(simulator.ledger.entries(query.since, query.limit)).into_response()
}

async fn summary(State(simulator): Shared) -> Response {
    Json(simulator.ledger.summary()).into_response()
}

async fn reset_ledger(State(simulator): Shared) -> StatusCode {
    simulator.ledger.reset();
    StatusCode::NO_CONTENT
}

async fn decisions(State(simulator): Shared) -> Response {
    Json(simulator.decisions.list()).into_response()
}

async fn clear_decisions(State(simulator): Shared) -> StatusCode {
    simulator.decisions.clear();
    StatusCode::NO_CONTENT
}

async fn metrics(State(simulator): Shared) -> Response {
    match simulator.metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn removed(found: bool, otherwise: &str) -> Response {
    if found {
        StatusCode::NO_CONTENT.into_response()
    } else {
        problem(StatusCode::NOT_FOUND, otherwise)
    }
}

fn problem(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"error": text}))).into_response()
}
