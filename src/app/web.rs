//! The listeners of one process.

use crate::{
    access::{Authenticator, Oidc, Proxies, SignIn, limit::Limits},
    analysis::{PageImages, Scanner},
    api,
    cache::Cache,
    config::Config,
    db::{self, Pools},
    documents::Watch,
    storage::{Originals, Store},
    summary::Summaries,
    telemetry::Metrics,
    upload::Desk,
    web as pages,
};
use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web};
use anyhow::Context as _;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use utoipa_actix_web::AppExt;

/// What handlers are given.
#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub pools: Pools,
    pub authenticator: Authenticator,
    pub oidc: Arc<Option<Oidc>>,
    pub sign_in: SignIn,
    pub health: Arc<api::Health>,
    pub watch: Watch,
    pub originals: Originals,
    pub images: Arc<PageImages>,
    pub summaries: Summaries,
    pub desk: Desk,
    pub limits: Limits,
}

/// Serves the API and the pages.
pub fn serve(services: Services) -> anyhow::Result<(Server, SocketAddr)> {
    let bind = services.config.http.bind.clone();
    let workers = services.config.http.workers;
    let drain = services.config.http.drain.as_secs();
    let authenticator = web::Data::new(services.authenticator.clone());
    let downloads = web::Data::new(api::Downloads::new(services.config.http.originals));
    let proxies = web::Data::new(Proxies::new(&services.config.http)?);
    let server = HttpServer::new(move || {
        let (app, document) = App::new()
            .wrap(from_fn(api::record_refusals))
            .wrap(from_fn(api::lame_duck))
            .wrap(from_fn(api::deadline))
            .wrap(from_fn(pages::in_words))
            .wrap(from_fn(api::observe))
            .into_utoipa_app()
            .openapi(api::document())
            .app_data(web::Data::from(services.config.clone()))
            .app_data(web::Data::new(services.pools.clone()))
            .app_data(web::Data::from(services.health.clone()))
            .app_data(authenticator.clone())
            .app_data(web::Data::from(services.oidc.clone()))
            .app_data(web::Data::new(services.sign_in.clone()))
            .app_data(proxies.clone())
            .app_data(web::Data::new(api::Routes::default()))
            .app_data(web::Data::new(services.limits.clone()))
            .app_data(web::Data::new(services.watch.clone()))
            .app_data(web::Data::new(services.originals.clone()))
            .app_data(downloads.clone())
            .app_data(web::Data::from(services.images.clone()))
            .app_data(web::Data::new(services.summaries.clone()))
            .app_data(web::Data::new(services.desk.clone()))
            .configure(api::routes)
            .split_for_parts();
        app.app_data(web::Data::new(api::Methods::described_in(&document)))
            .service(api::openapi(&document))
            .configure(api::extractors)
            .configure(crate::web::routes)
            .configure(pages::routes)
            .default_service(web::to(api::nowhere))
    })
    .workers(workers)
    .shutdown_timeout(drain)
    // A body that stalls is cut by the upload stage; this is about heads and idle connections.
    .client_request_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(75))
    .disable_signals()
    .bind(&bind)
    .with_context(|| format!("http.bind = {bind:?}"))?;
    let address = server
        .addrs()
        .first()
        .copied()
        .context("no address was bound")?;
    Ok((server.run(), address))
}

/// Serves health and figures to operators.
pub fn serve_ops(
    config: &Config,
    metrics: Metrics,
    health: Arc<api::Health>,
    pools: Pools,
) -> anyhow::Result<(Server, SocketAddr)> {
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(api::headers))
            .app_data(web::Data::new(metrics.clone()))
            .app_data(web::Data::from(health.clone()))
            .app_data(web::Data::new(pools.clone()))
            .into_utoipa_app()
            .configure(api::health)
            .into_app()
            .service(api::figures)
            .app_data(web::Data::new(api::Methods::default()))
            .default_service(web::to(api::nowhere))
    })
    .workers(1)
    .disable_signals()
    .bind(&config.http.ops_bind)
    .with_context(|| format!("http.ops_bind = {:?}", config.http.ops_bind))?;
    let address = server
        .addrs()
        .first()
        .copied()
        .context("no address was bound")?;
    Ok((server.run(), address))
}

/// How health asks the parts of this house.
pub fn probes(config: &Config, pools: &Pools, store: &Store, cache: &Cache) -> api::Probes {
    let scanner = Scanner::new(&config.scan);
    let own = pools.health.clone();
    let store = store.clone();
    let cache = cache.clone();
    api::Probes {
        database: Box::new(move || {
            let own = own.clone();
            Box::pin(async move {
                match db::connection(&own).await {
                    Ok(connection) if db::check_schema(&connection).await.is_ok() => {
                        api::Standing::Up
                    }
                    _ => api::Standing::Down,
                }
            })
        }),
        store: Box::new(move || {
            let store = store.clone();
            Box::pin(
                async move { api::Standing::of(store.is_fit() && store.check().await.is_ok()) },
            )
        }),
        redis: Box::new(move || {
            let cache = cache.clone();
            Box::pin(async move {
                let answers = cache.redis_answers().await;
                answers.map_or(api::Standing::Absent, api::Standing::of)
            })
        }),
        scanner: Box::new(move || {
            let scanner = scanner.clone();
            Box::pin(async move {
                match scanner {
                    Some(scanner) => api::Standing::of(scanner.answers().await),
                    None => api::Standing::Absent,
                }
            })
        }),
    }
}

/// How health asks the cage that pages are drawn in.
pub fn cage_of(images: &Arc<PageImages>) -> api::Probe {
    let images = images.clone();
    Box::new(move || {
        let images = images.clone();
        Box::pin(async move { api::Standing::of(images.holds().await) })
    })
}
