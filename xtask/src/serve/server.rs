//! A static file server that can be started, watched and stopped.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::http::header::RANGE;
use axum::middleware::{self, Next};
use axum::response::{Redirect, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::services::ServeDir;

use super::headers::HeaderRules;
use super::log::Request;

/// What to serve, and how.
#[derive(Clone, Debug)]
pub struct Site {
    /// The folder with `index.html`.
    pub root: PathBuf,
    /// The path under which it appears; `/` for the top.
    pub base: String,
    /// Whether pages are cross-origin isolated.
    pub isolated: bool,
    /// Further folders of the same origin: path and folder.
    pub mounts: Vec<(String, PathBuf)>,
}

/// A running server; it stops when told to, or with the process.
pub struct Server {
    address: String,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Starts serving `site` on this machine only; port 0 takes any free one. `on_request` is
    /// called for every answered request.
    pub fn start(
        site: &Site,
        port: u16,
        on_request: impl Fn(&Request) + Send + Sync + 'static,
    ) -> Result<Self> {
        ensure!(site.base.starts_with('/'), "base path {:?} does not start with /", site.base);
        let base = site.base.trim_end_matches('/').to_owned();
        let rules = Arc::new(HeaderRules::of_site(&site.root, site.isolated)?);
        let router = router(site, &base, rules, Arc::new(on_request));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime
            .block_on(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))))
            .with_context(|| format!("cannot listen on port {port}: choose another with --port"))?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address: format!("http://localhost:{port}{base}/"), stop, thread })
    }

    /// The address of the page, with a slash at its end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops serving and drops the connections that are open.
    pub fn stop(self) {
        // an error means that the server has already stopped
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }

    /// Serves until the process is ended.
    pub fn wait(self) {
        let _ = self.thread.join();
    }
}

fn router(
    site: &Site,
    base: &str,
    rules: Arc<HeaderRules>,
    on_request: Arc<impl Fn(&Request) + Send + Sync + 'static>,
) -> Router {
    let files = ServeDir::new(&site.root);
    let mut router = Router::new();
    if base.is_empty() {
        router = router.fallback_service(files);
    } else {
        // relative addresses in the page need the slash
        let with_slash = format!("{base}/");
        router = router
            .nest_service(&with_slash, files)
            .route(base, get(async move || Redirect::permanent(&with_slash)));
    }
    for (path, folder) in &site.mounts {
        router = router.nest_service(path, ServeDir::new(folder));
    }
    let base: Arc<str> = base.into();
    router.layer(middleware::from_fn(move |request: HttpRequest, next: Next| {
        let (base, rules) = (Arc::clone(&base), Arc::clone(&rules));
        let on_request = Arc::clone(&on_request);
        async move { answer(request, next, &base, &rules, &*on_request).await }
    }))
}

async fn answer(
    request: HttpRequest,
    next: Next,
    base: &str,
    rules: &HeaderRules,
    on_request: &(impl Fn(&Request) + Send + Sync),
) -> Response {
    let method = request.method().to_string();
    let path = request.uri().to_string();
    let range = request.headers().get(RANGE).and_then(|value| value.to_str().ok());
    let range = range.map(str::to_owned);
    let whole = request.uri().path();
    let headers = rules.of_path(whole.strip_prefix(base).unwrap_or(whole));
    let mut response = next.run(request).await;
    response.headers_mut().extend(headers);
    on_request(&Request { method, path, range, status: response.status().as_u16() });
    response
}
