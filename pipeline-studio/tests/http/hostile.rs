//! What must not be answered.

use crate::client::{raw, request};
use crate::project::{FILE, Place};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn without_a_token_nothing_is_said() {
    let place = Place::new();
    for path in ["/", "/api/project", "/api/openapi.json", "/assets/studio.js", "/api/events"] {
        let answer = request(place.address, "GET", path, &place.host(), "");
        assert_eq!(answer.status, 401, "{path}");
        assert!(
            !answer.body.contains(&place.key)
                && !answer.body.contains(place.folder.path().to_str().unwrap_or("?"))
        );
    }
    for header in
        ["Authorization: Bearer wrong\r\n", "Authorization: Basic YTpi\r\n", "Cookie: pipeline-studio=x\r\n"]
    {
        let answer = request(place.address, "GET", "/api/project", &(place.host() + header), "");
        assert_eq!(answer.status, 401, "{header}");
    }
}

#[test]
fn a_link_opens_one_browser() {
    let place = Place::new();
    let path =
        place.link.split_once(&place.address.to_string()).map(|(_, path)| path.to_owned()).expect("a path");
    let first = request(place.address, "GET", &path, &place.host(), "");
    assert_eq!(first.status, 200);
    let cookie =
        first.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie").to_owned();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"), "{cookie}");
    let again = request(place.address, "GET", &path, &place.host(), "");
    assert_eq!(again.status, 401, "it was opened");
    let cookie = cookie.split(';').next().expect("a cookie");
    let with = format!("{}Cookie: other=1; {cookie}\r\n", place.host());
    assert_eq!(request(place.address, "GET", "/api/project", &with, "").status, 200);
    // A browser that has the cookie and reloads the link goes on.
    assert_eq!(request(place.address, "GET", &path, &with, "").status, 303);
    let another = place.post("/links", &Value::Null)["url"].as_str().expect("a link").to_owned();
    let path = another.split_once(&place.address.to_string()).expect("a path").1;
    assert_eq!(request(place.address, "GET", path, &place.host(), "").status, 200);
}

#[test]
fn a_page_of_another_site_is_refused_even_with_a_token() {
    let place = Place::new();
    let port = place.address.port();
    let foreign = [
        "Origin: https://evil.example\r\n".to_owned(),
        "Origin: null\r\n".into(),
        format!("Origin: http://127.0.0.1:{}\r\n", port.wrapping_add(1)),
        format!("Origin: http://127.0.0.1.evil.example:{port}\r\n"),
        format!("Origin: https://127.0.0.1:{port}\r\n"),
        format!("Origin: http://127.0.0.1:{port}\r\nOrigin: https://evil.example\r\n"),
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n".into(),
        "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n".into(),
    ];
    for header in foreign {
        for (method, path) in [("GET", "/api/project"), ("POST", "/api/scenarios")] {
            let answer =
                request(place.address, method, path, &(place.let_in() + &header), "{\"name\":\"evil\"}");
            assert_eq!(answer.status, 403, "{header} {method}");
            assert!(!answer.head.contains("access-control-allow"), "{header}");
        }
    }
    assert_eq!(place.get("/scenarios")["total"], 0, "nothing was made");
    let ours =
        format!("{}Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n", place.let_in(), place.address);
    assert_eq!(request(place.address, "GET", "/api/project", &ours, "").status, 200);
}

#[test]
fn a_name_that_was_made_to_lead_here_is_refused() {
    let place = Place::new();
    let (port, token) = (place.address.port(), format!("Authorization: Bearer {}\r\n", place.key));
    let hosts = [
        format!("Host: evil.example:{port}\r\n"),
        "Host: evil.example\r\n".into(),
        "Host: 127.0.0.1\r\n".into(),
        format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"),
        format!("Host: 127.0.0.1:{port}@evil.example\r\n"),
        format!("Host: localhost.evil.example:{port}\r\n"),
        format!("Host: 0.0.0.0:{port}\r\n"),
        String::new(),
    ];
    for host in hosts {
        let answer = request(place.address, "GET", "/api/project", &(host.clone() + &token), "");
        assert!(matches!(answer.status, 400 | 403), "{host}: {}", answer.status);
    }
    let name = format!("Host: localhost:{port}\r\n{token}");
    assert_eq!(request(place.address, "GET", "/api/project", &name, "").status, 200);
}

#[test]
fn no_path_leads_out_of_the_project() {
    let place = Place::with(|path| {
        let outside = path.parent().expect("a parent").join("pipeline-studio-outside.toml");
        std::fs::write(&outside, FILE).expect("written");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, path.join("link.toml")).expect("linked");
        #[cfg(unix)]
        std::os::unix::fs::symlink(path.parent().expect("a parent"), path.join("up")).expect("linked");
        std::fs::create_dir(path.join("inner.toml")).expect("a folder");
        std::fs::write(path.join(".hidden.toml"), FILE).expect("written");
    });
    let wrong = [
        "../pipeline-studio-outside.toml",
        "..%2fpipeline-studio-outside.toml",
        "%2e%2e/pipeline-studio-outside.toml",
        "x/../../pipeline-studio-outside.toml",
        "..%5cpipeline-studio-outside.toml",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "%2fetc%2fhosts.toml",
        "link.toml",
        "up/pipeline-studio-outside.toml",
        ".hidden.toml",
        ".pipeline/registry.sqlite",
        "notes.txt",
        "inner.toml",
        "talk.toml%00.txt",
        "",
    ];
    for path in wrong {
        for (method, body) in
            [("GET", Value::Null), ("PUT", json!({"text": FILE, "base": "", "overwrite": true}))]
        {
            let answer = place.ask(method, &format!("/files/{path}"), &body);
            assert!(
                matches!(answer.status, 400 | 403 | 404 | 405 | 422),
                "{method} {path}: {} {}",
                answer.status,
                answer.body
            );
        }
        let path = path.replace("%2f", "/").replace("%2e", ".").replace("%5c", "\\").replace("%00", "\0");
        for (api, body) in
            [("/files", json!({"path": path, "name": "X"})), ("/drafts", json!({"path": path, "text": ""}))]
        {
            let answer = place.ask("POST", api, &body);
            if api == "/drafts" && matches!(path.as_str(), "inner.toml") {
                continue; // It is a name that a file could have; nothing is read.
            }
            assert!(
                matches!(answer.status, 403 | 404 | 409 | 422),
                "{api} {path:?}: {} {}",
                answer.status,
                answer.body
            );
        }
        let answer = place.ask("GET", &format!("/graph?type={}", path.replace('\0', "%00")), &Value::Null);
        assert_ne!(answer.status, 200, "{path:?}");
    }
    let outside = place.folder.path().parent().expect("a parent").join("pipeline-studio-outside.toml");
    assert_eq!(std::fs::read_to_string(outside).expect("there"), FILE, "it is as it was");
    let listed = place.get("/project").to_string();
    assert!(
        listed.contains("talk.toml") && !listed.contains("link.toml") && !listed.contains("outside"),
        "{listed}"
    );
}

#[test]
fn no_input_leads_out_of_the_project() {
    let place = Place::new();
    place.post("/scenarios", &json!({"name": "a"}));
    for text in ["/etc/passwd", "../../../../etc/passwd", "/proc/self/environ"] {
        let inputs = json!({"notes": text});
        let answers = [
            place.ask("PUT", "/scenarios/a/inputs", &inputs),
            place.ask("POST", "/scenarios/a/plan", &json!({"inputs": inputs})),
            place.ask("POST", "/scenarios/a/runs", &json!({"inputs": inputs})),
            place.ask("POST", "/scenarios", &json!({"name": "b", "inputs": inputs})),
            place.ask("POST", "/scenarios/a/duplicate", &json!({"name": "b", "inputs": inputs})),
        ];
        for answer in answers {
            assert_eq!(answer.status, 422, "{text}: {}", answer.body);
        }
    }
    assert_eq!(place.get("/scenarios")["total"], 1);
    // Nor does a default that is written to a scenario file.
    let file = place.get("/files/talk.toml");
    let text = FILE.to_owned()
        + "\n[inputs.secrets]\ntype = \"File\"\ndefault = \"/etc/passwd\"\n\n[[tasks]]\nfunction = \"first_line\"\n\
           arguments = [\"secrets\"]\noutputs = \"line\"\n";
    let answer = place.ask("PUT", "/files/talk.toml", &json!({"text": text, "base": file["hash"]}));
    assert_eq!(answer.status, 403, "{}", answer.body);
    // Not by the way of another type, either.
    let as_text = text
        .replace("type = \"File\"", "type = \"String\"")
        .replace("function = \"first_line\"", "function = \"words\"");
    let answer = place.ask("PUT", "/files/talk.toml", &json!({"text": as_text, "base": file["hash"]}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = place.ask("PUT", "/files/talk.toml", &json!({"text": text, "base": answer.json()["hash"]}));
    assert_eq!(answer.status, 403, "{}", answer.body);
    let preview = place.get("/scenarios/a/nodes/notes/preview");
    assert_eq!(preview["text"], "first\nsecond\n");
}

#[test]
fn a_body_of_a_gigabyte_is_refused_before_it_is_read() {
    let place = Place::new();
    let begun = Instant::now();
    let head = format!(
        "POST /api/scenarios HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n",
        place.let_in()
    );
    let answer = raw(place.address, head.as_bytes());
    assert_eq!(answer.status, 413, "{}", answer.head);
    // The same without saying how long it is.
    let head = format!(
        "POST /api/scenarios HTTP/1.1\r\n{}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        place.let_in()
    );
    let mut stream = TcpStream::connect(place.address).expect("connected");
    stream.write_all(head.as_bytes()).expect("sent");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let sent = (0..1_024).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok()).count();
    assert!(sent < 100, "it took {sent} MiB");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.contains("413"), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    place.get("/project");
}

#[test]
fn nonsense_is_answered_with_what_is_wrong() {
    let place = Place::new();
    place.post("/scenarios", &json!({"name": "a"}));
    let answers = [
        place.ask("POST", "/scenarios", &json!({"nam": "b"})),
        place.ask("POST", "/scenarios", &json!([1, 2])),
        place.ask("GET", "/runs?limit=many", &Value::Null),
        place.ask("GET", "/runs/last", &Value::Null),
        place.ask("GET", "/scenarios/nobody", &Value::Null),
        place.ask("GET", "/scenarios/a/nodes/nothing/preview", &Value::Null),
        place.ask("POST", "/scenarios", &json!({"name": "a"})),
        place.ask("POST", "/runs/7/cancel", &Value::Null),
        place.ask("POST", "/scenarios/a/runs", &json!({"to": ["nothing"]})),
        place.ask("GET", "/compare?scenario=a", &Value::Null),
        place.ask("POST", "/scenarios/a/runs", &json!({"values": {"text": "dropped if nobody looks"}})),
        place.ask("PUT", "/positions", &json!({"position": {}})),
        request(place.address, "POST", "/api/scenarios", &place.let_in(), "{\"name\": "),
        request(place.address, "DELETE", "/", &place.let_in(), ""),
    ];
    let said: Vec<String> =
        answers.iter().map(|answer| format!("{} {}", answer.status, answer.error())).collect();
    insta::assert_snapshot!(said.join("\n").replace(&place.address.to_string(), "ADDRESS"));
}

#[test]
fn answers_may_do_nothing_in_a_page_but_what_the_page_needs() {
    let place = Place::new();
    let answer = request(place.address, "GET", "/", &place.let_in(), "");
    for header in [
        "content-security-policy: default-src 'self';",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(answer.head.contains(header), "{header} in {}", answer.head);
    }
}
