//! Access control: requests need the server's key, and must be addressed to the server by its own name.
//!
//! A page of another site can make a browser send requests to this server. Three checks reject them, each on its own:
//! the browser sends the cookie with requests of this site only (`SameSite=Strict`); `Origin` names the other site; and
//! after DNS rebinding, which points the other site's name at this server, `Host` contains that name.

use crate::problem::{MAX_BODY_BYTES, Problem};
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, COOKIE, HOST,
    LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use skipstone::Hash;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum number of unopened links.
const LINKS: usize = 16;

/// The page's content security policy: it loads and connects to this server only.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Decides which requests are allowed.
pub struct Guard {
    address: SocketAddr,
    /// The secret that programs send as a bearer token and browsers send as a cookie.
    key: String,
    /// Hashes of the tokens of links that were not opened yet.
    links: Mutex<Vec<Hash>>,
}

/// The reason why a request is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowed {
    /// The `Host` header names another server.
    Host,
    /// The request comes from a page of another site.
    Origin,
    /// The key or the link's token is missing or wrong.
    Token,
}

/// Returns 24 random bytes in hexadecimal.
fn random() -> io::Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Guard {
    /// Creates a guard with a new key.
    ///
    /// # Errors
    ///
    /// If the system's source of randomness fails.
    pub fn new(address: SocketAddr) -> io::Result<Guard> {
        Ok(Guard { address, key: random()?, links: Mutex::default() })
    }

    /// The server's origin, such as `http://127.0.0.1:8642`.
    pub fn origin(&self) -> String {
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("http://localhost:{}", self.address.port()),
            IpAddr::V6(ip) => format!("http://[{ip}]:{}", self.address.port()),
            IpAddr::V4(ip) => format!("http://{ip}:{}", self.address.port()),
        }
    }

    /// The key that programs send in `Authorization: Bearer KEY`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Creates a link that gives one browser access, once. With 16 unopened links, the oldest becomes invalid.
    pub fn link(&self) -> String {
        // `new` has already drawn from the source of randomness, so it works.
        let token = random().unwrap_or_default();
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() == LINKS {
            links.remove(0);
        }
        if !token.is_empty() {
            links.push(Hash::of(token.as_bytes()));
        }
        format!("{}/?token={token}", self.origin())
    }

    /// Uses up the link with this token; returns whether there was one.
    fn redeem(&self, token: &str) -> bool {
        let expected = Hash::of(token.as_bytes());
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let found = links.iter().position(|link| *link == expected);
        found.map(|index| links.remove(index)).is_some()
    }

    fn cookie_name(&self) -> String {
        // Cookies are shared by all ports of a host, so the name contains the port.
        format!("pipeline-studio-{}", self.address.port())
    }

    fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), NotAllowed> {
        self.check_host(headers)?;
        let only = |name| {
            let mut values = headers.get_all(name).iter();
            (values.next().map(|value| value.to_str().unwrap_or_default()), values.next().is_some())
        };
        let (origin, several) = only(ORIGIN);
        let ours = origin.is_none_or(|origin| {
            origin.strip_prefix("http://").is_some_and(|authority| self.is_ours(authority)) && !several
        });
        if !ours {
            return Err(NotAllowed::Origin);
        }
        // Browsers report where a request comes from in the `Sec-Fetch-*` headers.
        let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        let foreign = matches!(site, Some("cross-site" | "same-site"));
        if foreign
            && (*method != Method::GET || headers.get("sec-fetch-mode").is_none_or(|mode| mode != "navigate"))
        {
            return Err(NotAllowed::Origin);
        }
        if self.has_key(headers) { Ok(()) } else { Err(NotAllowed::Token) }
    }

    fn check_host(&self, headers: &HeaderMap) -> Result<(), NotAllowed> {
        let mut hosts = headers.get_all(HOST).iter();
        match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
            (Some(host), None) if self.is_ours(host) => Ok(()),
            _ => Err(NotAllowed::Host),
        }
    }

    /// Whether a name and port are this server's: its IP address, or `localhost`. Any other name may have been pointed
    /// at this server by another site.
    fn is_ours(&self, authority: &str) -> bool {
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (authority, Some(80)),
        };
        if port != Some(self.address.port()) {
            return false;
        }
        let number = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match number {
            Ok(number) if self.address.ip().is_unspecified() => !number.is_unspecified(),
            Ok(number) => number == self.address.ip(),
            Err(_) => {
                name.eq_ignore_ascii_case("localhost")
                    && (self.address.ip().is_loopback() || self.address.ip().is_unspecified())
            }
        }
    }

    fn has_key(&self, headers: &HeaderMap) -> bool {
        let expected = Hash::of(self.key.as_bytes());
        // Comparing hashes reveals nothing about the key through timing.
        let is_key = |text: &str| Hash::of(text.as_bytes()) == expected;
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if shown.and_then(|shown| shown.strip_prefix("Bearer ")).is_some_and(|token| is_key(token.trim())) {
            return true;
        }
        let name = self.cookie_name();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .any(|(cookie, value)| cookie == name && is_key(value))
    }
}

/// Middleware: rejects requests without access, sets the cookie when a link is opened for the first time, and adds
/// security headers to each response.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.check_host(request.headers()) {
        Ok(()) => match open_link(&guard, &request) {
            Some(response) => response,
            None => match guard.check(request.method(), request.headers()) {
                Ok(()) if is_too_long(request.headers()) => too_long(),
                Ok(()) => next.run(request).await,
                Err(why) => rejection(&guard, why),
            },
        },
        Err(why) => rejection(&guard, why),
    };
    let headers = response.headers_mut();
    let mut set = |name, value| drop(headers.insert(name, HeaderValue::from_static(value)));
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "no-referrer");
    set(CACHE_CONTROL, "no-store");
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}

/// Whether the `Content-Length` exceeds the limit: such a request is rejected before its body is sent.
fn is_too_long(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > MAX_BODY_BYTES as u64)
}

fn too_long() -> Response {
    let mut response = Problem::too_long().into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The response to a link with a token; `None` for any other request.
fn open_link(guard: &Guard, request: &Request) -> Option<Response> {
    if request.method() != Method::GET || request.uri().path() != "/" {
        return None;
    }
    let token = request.uri().query()?.split('&').find_map(|part| part.strip_prefix("token="))?;
    if !guard.redeem(token) {
        // The link was used before; a browser that has the cookie is sent to the page.
        return match guard.has_key(request.headers()) {
            true => Some((StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response()),
            false => Some(rejection(guard, NotAllowed::Token)),
        };
    }
    let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", guard.cookie_name(), guard.key);
    // A page that redirects with `refresh`. After an HTTP redirect the browser would still treat the request as coming
    // from the site with the link, and would not send the cookie.
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=/\">\
                <title>Studio</title><a href=\"/\">Open the studio</a></html>";
    let headers =
        [(SET_COOKIE, cookie), (axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8".into())];
    Some((headers, page).into_response())
}

fn rejection(guard: &Guard, why: NotAllowed) -> Response {
    let problem = match why {
        NotAllowed::Host => Problem::forbidden(format!(
            "this server is {}, but the request names another host: open the link shown in the terminal",
            guard.origin()
        )),
        NotAllowed::Origin => Problem::forbidden("the request is from a page of another site".into()),
        NotAllowed::Token => Problem::unknown_caller(
            "the link has expired, or the key is missing or wrong: open the link shown in the terminal. Each link works \
             in one browser, and the page creates more. Programs send the header `Authorization: Bearer KEY`"
                .into(),
        ),
    };
    problem.into_response()
}
