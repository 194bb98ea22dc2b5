//! Who may ask: programs and pages that were given a token, at the address that the server has.
//!
//! A page of another site can make a browser send requests here. It does not have the cookie, which is sent with requests
//! of this site only (`SameSite=Strict`); it names itself in `Origin`; and where it has made its own name lead here, that
//! name is in `Host`. Each of the three is refused by itself.

use crate::problem::{LONGEST_BODY, Problem};
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

/// How many links may wait to be opened.
const LINKS: usize = 16;

/// What the page may load and do: what this server has.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Who may ask.
pub struct Guard {
    address: SocketAddr,
    /// What programs show, and what the cookie of a browser holds.
    key: String,
    /// Tokens of links that nobody opened yet.
    links: Mutex<Vec<Hash>>,
}

/// Why somebody may not ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowed {
    /// The request is for a server of another name.
    Host,
    /// It is from a page of another server.
    Origin,
    /// It shows no token, or a wrong one.
    Token,
}

fn random() -> io::Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Guard {
    /// A guard with a key of its own.
    ///
    /// # Errors
    ///
    /// When the system has no source of randomness.
    pub fn new(address: SocketAddr) -> io::Result<Guard> {
        Ok(Guard { address, key: random()?, links: Mutex::default() })
    }

    /// The server's address as browsers write it.
    pub fn origin(&self) -> String {
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("http://localhost:{}", self.address.port()),
            IpAddr::V6(ip) => format!("http://[{ip}]:{}", self.address.port()),
            IpAddr::V4(ip) => format!("http://{ip}:{}", self.address.port()),
        }
    }

    /// What programs show to be let in.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A link that lets one browser in, once.
    pub fn link(&self) -> String {
        // Without randomness there was no guard.
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

    /// Whether a token is that of a link; it is of none from then on.
    fn open(&self, token: &str) -> bool {
        let wanted = Hash::of(token.as_bytes());
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let found = links.iter().position(|link| *link == wanted);
        found.map(|index| links.remove(index)).is_some()
    }

    fn cookie_name(&self) -> String {
        // Cookies do not tell ports apart.
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
        // What browsers say of requests that other sites make them send.
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

    /// Whether a name and port are those of this server: a number of this machine, or `localhost`. Another name may lead
    /// here by somebody else's will.
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
        let wanted = Hash::of(self.key.as_bytes());
        // Hashes are compared: how long that takes tells nothing of the key.
        let is_key = |text: &str| Hash::of(text.as_bytes()) == wanted;
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

/// Lets through who may ask; a link that is opened for the first time is answered with the cookie.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.check_host(request.headers()) {
        Ok(()) => match opened(&guard, &request) {
            Some(response) => response,
            None => match guard.check(request.method(), request.headers()) {
                Ok(()) if is_too_long(request.headers()) => too_long(),
                Ok(()) => next.run(request).await,
                Err(why) => refused(&guard, why),
            },
        },
        Err(why) => refused(&guard, why),
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

/// Whether a request says that more comes than is read: nobody need send it to be told.
fn is_too_long(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > LONGEST_BODY as u64)
}

fn too_long() -> Response {
    let mut response = Problem::too_long().into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The answer to a link with a token.
fn opened(guard: &Guard, request: &Request) -> Option<Response> {
    if request.method() != Method::GET || request.uri().path() != "/" {
        return None;
    }
    let token = request.uri().query()?.split('&').find_map(|part| part.strip_prefix("token="))?;
    if !guard.open(token) {
        // Opened before: a browser that has the cookie may as well go on.
        return match guard.has_key(request.headers()) {
            true => Some((StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response()),
            false => Some(refused(guard, NotAllowed::Token)),
        };
    }
    let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", guard.cookie_name(), guard.key);
    // A page of its own that goes on: a redirect would still count as sent by whoever made the link.
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=/\">\
                <title>Studio</title><a href=\"/\">Open the studio</a></html>";
    let headers =
        [(SET_COOKIE, cookie), (axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8".into())];
    Some((headers, page).into_response())
}

fn refused(guard: &Guard, why: NotAllowed) -> Response {
    let problem = match why {
        NotAllowed::Host => Problem::forbidden(format!(
            "this server is {}, and the request is for another name: open the link that it printed",
            guard.origin()
        )),
        NotAllowed::Origin => Problem::forbidden("the request is from a page of another site".into()),
        NotAllowed::Token => Problem::unknown_caller(
            "open the link that the studio printed when it was started; each is good for one browser, and the page makes \
             more of them. Programs send the header `Authorization: Bearer KEY`"
                .into(),
        ),
    };
    problem.into_response()
}
