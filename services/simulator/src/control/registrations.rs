//! The routes about ManageAccess.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::{LogQuery, Shared, problem};
use crate::registrations::{Period, Register, Registration, iso_date};
use crate::schema::facets;
use crate::simulator::{Simulator, is_eleven_digits};

pub(super) fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/_sim/registrations", get(list).post(add).delete(clear))
        .route("/_sim/changes", get(changes))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    ssin: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    ssin: String,
    /// As answers write it.
    org_unit: String,
    #[serde(flatten)]
    registration: Registration,
}

async fn list(State(simulator): Shared, Query(whose): Query<Whose>) -> Response {
    let found = simulator.registrations.list(whose.ssin.as_deref());
    let listed = found.into_iter().map(|(ssin, registration)| Listed {
        ssin,
        org_unit: simulator.style.org_unit(&registration.cbe_number).to_owned(),
        registration,
    });
    Json(listed.collect::<Vec<_>>()).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    ssin: String,
    cbe_number: String,
    purpose: i64,
    #[serde(with = "iso_date")]
    start: time::Date,
    #[serde(default, with = "iso_date::option")]
    end: Option<time::Date>,
    register: Option<Register>,
}

async fn add(State(simulator): Shared, Json(posted): Json<Posted>) -> Response {
    let Posted { start, end, .. } = posted;
    if !is_eleven_digits(&posted.ssin) || !facets::is_cbe_number(&posted.cbe_number) {
        let expected = "ssin must be eleven digits, cbe_number ten";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, expected);
    }
    if end.is_some_and(|end| end < start) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "end is before start");
    }
    for register in Register::BOTH {
        if posted.register.is_none_or(|wanted| wanted == register) {
            let registration = Registration {
                purpose: posted.purpose,
                period: Period { start, end },
                cbe_number: posted.cbe_number.clone(),
                register,
            };
            simulator.registrations.set(&posted.ssin, registration);
        }
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn clear(State(simulator): Shared) -> StatusCode {
    simulator.registrations.clear();
    StatusCode::NO_CONTENT
}

async fn changes(State(simulator): Shared, Query(query): Query<LogQuery>) -> Response {
    Json(simulator.registrations.changes(query.since, query.limit)).into_response()
}
