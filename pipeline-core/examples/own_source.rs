//! An input whose content is provided by a service, through a custom source. A run asks the service for the version, and for
//! the content only if the version changed.
//!
//! Prints what each submission ran, and how often the service sent its content.

use skipstone::data::{Codec, DataError, Shown, Source, SourceVersion, Tabular, Typed};
use skipstone::{scenario, task, testing};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The prices of a service, at an address like `127.0.0.1:8080/prices`.
#[derive(Clone)]
struct Prices {
    address: String,
}

impl Prices {
    /// Sends a request; the version in the answer's `ETag`, and the rest of the answer.
    fn request(&self, method: &str) -> io::Result<(String, BufReader<TcpStream>)> {
        let (host, path) = self.address.split_once('/').ok_or(io::ErrorKind::InvalidInput)?;
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "{method} /{path} HTTP/1.0\r\n\r\n")?;
        let mut answer = BufReader::new(stream);
        let mut version = String::new();
        loop {
            let mut line = String::new();
            if answer.read_line(&mut line)? == 0 || line == "\r\n" {
                return Ok((version, answer));
            }
            if let Some(tag) = line.strip_prefix("ETag: ") {
                version = tag.trim().into();
            }
        }
    }

    fn read(&self) -> io::Result<Vec<f64>> {
        let mut text = String::new();
        self.open(self.name())?.read_to_string(&mut text)?;
        text.split_whitespace().map(|price| price.parse().map_err(io::Error::other)).collect()
    }
}

impl Source for Prices {
    fn name(&self) -> &Path {
        Path::new(&self.address)
    }

    fn version(&self, _: &Path) -> io::Result<Option<SourceVersion>> {
        let (tag, _) = self.request("HEAD")?;
        Ok((!tag.is_empty()).then(|| SourceVersion::named(&tag, 0)))
    }

    fn open(&self, _: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.request("GET")?.1))
    }
}

impl Codec for Prices {
    const EXTERNAL: bool = true;

    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        out.write_all(self.address.as_bytes()).map_err(DataError::Write)
    }

    fn decode(bytes: &[u8]) -> Result<Prices, DataError> {
        Ok(Prices { address: String::from_utf8_lossy(bytes).into() })
    }
}

impl Typed for Prices {
    fn parse(text: &str) -> Result<Prices, String> {
        match text.split_once('/') {
            Some(_) => Ok(Prices { address: text.into() }),
            None => Err("expected an address like `127.0.0.1:8080/prices`".into()),
        }
    }

    fn text(&self) -> Option<String> {
        Some(self.address.clone())
    }
}

impl Shown for Prices {
    fn summary(&self) -> String {
        self.address.clone()
    }
}

impl Tabular for Prices {}

#[task(skippable)]
fn mean(prices: &Prices) -> io::Result<f64> {
    let prices = prices.read()?;
    Ok(prices.iter().sum::<f64>() / prices.len() as f64)
}

scenario! {
    pub Market {
        input prices: Prices;
        level = mean(prices);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::start("10 20 30", "v1")?;
    let store = testing::store();
    let prices = Prices { address: format!("{}/prices", service.address) };
    let market = Market::create(&store, "market", MarketInputs { prices })?;
    let submit = |what: &str| -> Result<(), Box<dyn std::error::Error>> {
        let run = market.submit()?;
        let (ran, sent) = (run.ran().len(), service.sent());
        println!("{what}: {ran} ran, level {}, sent {sent} times", market.level.read()?);
        Ok(())
    };
    submit("first")?;
    submit("again")?;
    service.set("10 20 30", "v2");
    submit("another version, the same content")?;
    service.set("10 20 90", "v3");
    submit("other content")?;
    Ok(())
}

/// A service that has one resource.
struct Service {
    address: String,
    state: Arc<Mutex<State>>,
}

struct State {
    content: &'static str,
    version: &'static str,
    sent: usize,
}

impl Service {
    fn start(content: &'static str, version: &'static str) -> io::Result<Service> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let state = Arc::new(Mutex::new(State { content, version, sent: 0 }));
        let service = Service { address: listener.local_addr()?.to_string(), state: state.clone() };
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = String::new();
                let _ = BufReader::new(&stream).read_line(&mut request);
                let mut state = state.lock().expect("no thread panics while it holds the lock");
                let body = if request.starts_with("GET") { state.content } else { "" };
                state.sent += usize::from(!body.is_empty());
                let _ = write!(stream, "HTTP/1.0 200 OK\r\nETag: {}\r\n\r\n{body}", state.version);
            }
        });
        Ok(service)
    }

    fn set(&self, content: &'static str, version: &'static str) {
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        (state.content, state.version) = (content, version);
    }

    fn sent(&self) -> usize {
        self.state.lock().expect("no thread panics while it holds the lock").sent
    }
}
