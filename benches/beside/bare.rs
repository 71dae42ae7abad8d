//! A handler that does nothing: what actix-web itself costs for the same bytes.

use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;
use clap::Args;
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

#[derive(Args)]
pub struct Bare {
    /// What is answered.
    #[arg(long)]
    body: PathBuf,
    #[arg(long)]
    bind: String,
    /// As the house's `http.workers`.
    #[arg(long)]
    workers: usize,
}

impl Bare {
    pub async fn run(self) -> anyhow::Result<Value> {
        let body = Bytes::from(std::fs::read(&self.body)?);
        HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(body.clone()))
                .default_service(web::to(answer))
        })
        .workers(self.workers)
        .keep_alive(Duration::from_secs(75))
        .bind(&self.bind)?
        .run()
        .await?;
        Ok(Value::Null)
    }
}

async fn answer(body: web::Data<Bytes>) -> HttpResponse {
    let body: &Bytes = &body;
    HttpResponse::Ok()
        .content_type("application/json")
        .body(body.clone())
}
