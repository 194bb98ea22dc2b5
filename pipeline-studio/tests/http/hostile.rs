//! Requests that the server must reject.

use crate::client::{raw, request};
use crate::project::{FILE, TestServer};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn without_a_key_nothing_is_revealed() {
    let server = TestServer::new();
    for path in ["/", "/api/project", "/api/openapi.json", "/assets/studio.js", "/api/events"] {
        let answer = request(server.address, "GET", path, &server.host_header(), "");
        assert_eq!(answer.status, 401, "{path}");
        assert!(
            !answer.body.contains(&server.key)
                && !answer.body.contains(server.folder.path().to_str().unwrap_or("?"))
        );
    }
    for header in
        ["Authorization: Bearer wrong\r\n", "Authorization: Basic YTpi\r\n", "Cookie: pipeline-studio=x\r\n"]
    {
        let answer = request(server.address, "GET", "/api/project", &(server.host_header() + header), "");
        assert_eq!(answer.status, 401, "{header}");
    }
}

#[test]
fn a_link_works_in_one_browser() {
    let server = TestServer::new();
    let path =
        server.link.split_once(&server.address.to_string()).map(|(_, path)| path.to_owned()).expect("a path");
    let first = request(server.address, "GET", &path, &server.host_header(), "");
    assert_eq!(first.status, 200);
    let cookie =
        first.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie").to_owned();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"), "{cookie}");
    let again = request(server.address, "GET", &path, &server.host_header(), "");
    assert_eq!(again.status, 401, "the link was used");
    let cookie = cookie.split(';').next().expect("a cookie");
    let with = format!("{}Cookie: other=1; {cookie}\r\n", server.host_header());
    assert_eq!(request(server.address, "GET", "/api/project", &with, "").status, 200);
    // A browser that has the cookie and opens the link again is redirected to the page.
    assert_eq!(request(server.address, "GET", &path, &with, "").status, 303);
    let another = server.post("/links", &Value::Null)["url"].as_str().expect("a link").to_owned();
    let path = another.split_once(&server.address.to_string()).expect("a path").1;
    assert_eq!(request(server.address, "GET", path, &server.host_header(), "").status, 200);
}

#[test]
fn a_page_of_another_site_is_rejected_even_with_the_key() {
    let server = TestServer::new();
    let port = server.address.port();
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
            let answer = request(
                server.address,
                method,
                path,
                &(server.auth_headers() + &header),
                "{\"name\":\"evil\"}",
            );
            assert_eq!(answer.status, 403, "{header} {method}");
            assert!(!answer.head.contains("access-control-allow"), "{header}");
        }
    }
    assert_eq!(server.get("/scenarios")["total"], 0, "no scenario was created");
    let ours = format!(
        "{}Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n",
        server.auth_headers(),
        server.address
    );
    assert_eq!(request(server.address, "GET", "/api/project", &ours, "").status, 200);
}

#[test]
fn dns_rebinding_is_rejected() {
    let server = TestServer::new();
    let (port, token) = (server.address.port(), format!("Authorization: Bearer {}\r\n", server.key));
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
        let answer = request(server.address, "GET", "/api/project", &(host.clone() + &token), "");
        assert!(matches!(answer.status, 400 | 403), "{host}: {}", answer.status);
    }
    let name = format!("Host: localhost:{port}\r\n{token}");
    assert_eq!(request(server.address, "GET", "/api/project", &name, "").status, 200);
}

#[test]
fn no_path_leads_out_of_the_project() {
    let server = TestServer::with(|path| {
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
            let answer = server.send(method, &format!("/files/{path}"), &body);
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
            let answer = server.send("POST", api, &body);
            if api == "/drafts" && matches!(path.as_str(), "inner.toml") {
                continue; // It is a valid file name, and drafts don't read the file.
            }
            assert!(
                matches!(answer.status, 403 | 404 | 409 | 422),
                "{api} {path:?}: {} {}",
                answer.status,
                answer.body
            );
        }
        let answer = server.send("GET", &format!("/graph?type={}", path.replace('\0', "%00")), &Value::Null);
        assert_ne!(answer.status, 200, "{path:?}");
    }
    let outside = server.folder.path().parent().expect("a parent").join("pipeline-studio-outside.toml");
    assert_eq!(std::fs::read_to_string(outside).expect("there"), FILE, "the file is unchanged");
    let listed = server.get("/project").to_string();
    assert!(
        listed.contains("talk.toml") && !listed.contains("link.toml") && !listed.contains("outside"),
        "{listed}"
    );
}

#[test]
fn no_input_leads_out_of_the_project() {
    let server = TestServer::new();
    server.post("/scenarios", &json!({"name": "a"}));
    for text in ["/etc/passwd", "../../../../etc/passwd", "/proc/self/environ"] {
        let inputs = json!({"notes": text});
        let answers = [
            server.send("PUT", "/scenarios/a/inputs", &inputs),
            server.send("POST", "/scenarios/a/plan", &json!({"inputs": inputs})),
            server.send("POST", "/scenarios/a/runs", &json!({"inputs": inputs})),
            server.send("POST", "/scenarios", &json!({"name": "b", "inputs": inputs})),
            server.send("POST", "/scenarios/a/duplicate", &json!({"name": "b", "inputs": inputs})),
        ];
        for answer in answers {
            assert_eq!(answer.status, 422, "{text}: {}", answer.body);
        }
    }
    assert_eq!(server.get("/scenarios")["total"], 1);
    // Neither does a default in a scenario file.
    let file = server.get("/files/talk.toml");
    let text = FILE.to_owned()
        + "\n[inputs.secrets]\ntype = \"File\"\ndefault = \"/etc/passwd\"\n\n[[tasks]]\nfunction = \"first_line\"\n\
           arguments = [\"secrets\"]\noutputs = \"line\"\n";
    let answer = server.send("PUT", "/files/talk.toml", &json!({"text": text, "base": file["hash"]}));
    assert_eq!(answer.status, 403, "{}", answer.body);
    // Changing the type of an existing default doesn't either.
    let as_text = text
        .replace("type = \"File\"", "type = \"String\"")
        .replace("function = \"first_line\"", "function = \"words\"");
    let answer = server.send("PUT", "/files/talk.toml", &json!({"text": as_text, "base": file["hash"]}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer =
        server.send("PUT", "/files/talk.toml", &json!({"text": text, "base": answer.json()["hash"]}));
    assert_eq!(answer.status, 403, "{}", answer.body);
    let preview = server.get("/scenarios/a/nodes/notes/preview");
    assert_eq!(preview["text"], "first\nsecond\n");
}

#[test]
fn a_body_of_a_gigabyte_is_rejected_before_it_is_read() {
    let server = TestServer::new();
    let begun = Instant::now();
    let head = format!(
        "POST /api/scenarios HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n",
        server.auth_headers()
    );
    let answer = raw(server.address, head.as_bytes());
    assert_eq!(answer.status, 413, "{}", answer.head);
    // The same without a `Content-Length`.
    let head = format!(
        "POST /api/scenarios HTTP/1.1\r\n{}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.auth_headers()
    );
    let mut stream = TcpStream::connect(server.address).expect("connected");
    stream.write_all(head.as_bytes()).expect("sent");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let sent = (0..1_024).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok()).count();
    assert!(sent < 100, "it took {sent} MiB");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.contains("413"), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    server.get("/project");
}

#[test]
fn invalid_requests_get_an_explanation() {
    let server = TestServer::new();
    server.post("/scenarios", &json!({"name": "a"}));
    let answers = [
        server.send("POST", "/scenarios", &json!({"nam": "b"})),
        server.send("POST", "/scenarios", &json!([1, 2])),
        server.send("GET", "/runs?limit=many", &Value::Null),
        server.send("GET", "/runs/last", &Value::Null),
        server.send("GET", "/scenarios/missing", &Value::Null),
        server.send("GET", "/scenarios/a/nodes/nothing/preview", &Value::Null),
        server.send("POST", "/scenarios", &json!({"name": "a"})),
        server.send("POST", "/runs/7/cancel", &Value::Null),
        server.send("POST", "/scenarios/a/runs", &json!({"to": ["nothing"]})),
        server.send("GET", "/compare?scenario=a", &Value::Null),
        server.send("POST", "/scenarios/a/runs", &json!({"values": {"text": "an unknown field"}})),
        server.send("PUT", "/positions", &json!({"position": {}})),
        request(server.address, "POST", "/api/scenarios", &server.auth_headers(), "{\"name\": "),
        request(server.address, "DELETE", "/", &server.auth_headers(), ""),
    ];
    let errors: Vec<String> =
        answers.iter().map(|answer| format!("{} {}", answer.status, answer.error())).collect();
    insta::assert_snapshot!(errors.join("\n").replace(&server.address.to_string(), "ADDRESS"));
}

#[test]
fn responses_have_strict_security_headers() {
    let server = TestServer::new();
    let answer = request(server.address, "GET", "/", &server.auth_headers(), "");
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
