//! Binding, accepting, and stopping without cutting anybody off.

use super::connection::Door;
use super::state::AppState;
use super::{Limits, ServeError, api};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of the head of a request, and of what is read ahead of a body.
const HEAD: usize = 64 * 1024;
/// Requests at the same time on a connection of HTTP/2.
const STREAMS: u32 = 64;
/// Threads that check for one that talks to clients: talking is a small part of the work, and each wake-up costs.
const CHECKING: usize = 3;

/// Bytes that a connection of HTTP/2 may send ahead of what is read.
const WINDOW: u32 = 256 * 1024;
/// How long WebSockets are waited for, each of which is closed when the service stops.
const PARTING: Duration = Duration::from_secs(5);

/// A service that is bound and answers once [`Service::run`] is called.
pub struct Service {
    state: Arc<AppState>,
    listener: TcpListener,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

/// Binds the address of the configuration; port 0 takes any that is free.
///
/// # Errors
/// The address cannot be bound.
pub fn bind(state: Arc<AppState>) -> Result<Service, ServeError> {
    let listen = state.config.listen;
    let failed = |source| ServeError::Bind { listen, source };
    let listener = TcpListener::bind(listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Service { state, listener, address, handle: Handle::new() })
}

impl Service {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &'static str {
        if self.state.config.tls.is_some() { "https" } else { "http" }
    }

    /// Answers until `stop` is done, then lets requests that have begun finish within the time of the limits.
    ///
    /// # Errors
    /// Certificate or key cannot be used, or the threads cannot be started.
    pub fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.state.config.limits.threads.div_ceil(CHECKING).clamp(1, 8))
            .thread_name("serve")
            .enable_all()
            .build()?;
        let state = self.state.clone();
        let done = runtime.block_on(self.serve(stop));
        state.flush();
        // Streams that nobody reads must not keep the process.
        runtime.shutdown_background();
        done
    }

    async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let Self { state, listener, handle, .. } = self;
        let limits = state.config.limits.clone();
        let app = api::router(state.clone()).into_make_service();
        let swept = state.clone();
        tokio::spawn(async move { swept.sweep().await });
        tokio::spawn(state.clone().keep());
        let (stopper, stopped) = (handle.clone(), state.clone());
        tokio::spawn(async move {
            stop.await;
            stopped.stop();
            stopper.graceful_shutdown(Some(limits.stop_time));
        });
        let tls = match &state.config.tls {
            None => None,
            Some(tls) => {
                let failed = |source| ServeError::Tls { path: tls.certificate.clone(), source };
                Some(RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await.map_err(failed)?)
            }
        };
        let refused = state.metrics.connections_refused.clone();
        let door = Door::new(limits.connections, limits.write_time, tls.is_none(), refused);
        let server = axum_server::from_tcp(listener)?.handle(handle);
        match tls {
            None => bounded(server.acceptor(door), &limits).serve(app).await?,
            Some(tls) => {
                let tls = RustlsAcceptor::new(tls).handshake_timeout(limits.head_time).acceptor(door);
                bounded(server.acceptor(tls), &limits).serve(app).await?;
            }
        }
        // To the server, what has become a WebSocket is over.
        let _ = tokio::time::timeout(limits.stop_time.min(PARTING), state.hung_up()).await;
        Ok(())
    }
}

/// A client that sends the head of a request a byte a minute, or nothing at all, holds no connection for long.
fn bounded<A>(server: Server<SocketAddr, A>, limits: &Limits) -> Server<SocketAddr, A> {
    let mut server = server.first_request_timeout(limits.head_time);
    let http = server.http_builder();
    http.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_time).max_buf_size(HEAD);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD as u32)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .keep_alive_interval(limits.head_time)
        .keep_alive_timeout(limits.head_time);
    server
}
