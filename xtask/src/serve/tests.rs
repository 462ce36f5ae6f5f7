//! The server over real sockets.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::log::Request;
use super::server::{Server, Site};

const PAGE: &str = "<!doctype html><title>page</title>";

const HEADERS: &str = "/*
  Access-Control-Allow-Origin: *
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
/
  Content-Security-Policy: default-src 'self'
/weightkin.js
  Content-Security-Policy: default-src 'self'
/embed.html
  Content-Security-Policy: default-src 'none'
  Document-Isolation-Policy: isolate-and-require-corp
";

struct Fixture {
    folder: PathBuf,
    server: Server,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Fixture {
    fn new(name: &str, base: &str, isolated: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("weightkin-{name}-{}", std::process::id()));
        let root = folder.join("dist");
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(folder.join("extra")).unwrap();
        fs::write(folder.join("secret"), "secret").unwrap();
        fs::write(folder.join("extra/bare.html"), "bare").unwrap();
        fs::write(root.join("index.html"), PAGE).unwrap();
        fs::write(root.join("embed.html"), PAGE).unwrap();
        fs::write(root.join("_headers"), HEADERS).unwrap();
        fs::write(root.join("module.wasm"), b"0123456789").unwrap();
        fs::write(root.join("weightkin.js"), "export {}").unwrap();
        let mounts = vec![("/extra".to_owned(), folder.join("extra"))];
        let site = Site { root, base: base.to_owned(), isolated, mounts };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let server =
            Server::start(&site, 0, move |request| seen.lock().unwrap().push(request.clone()));
        Self { folder, server: server.unwrap(), requests }
    }

    /// The head of the answer in small letters, and its body.
    fn ask(&self, request_line: &str, header: &str) -> (String, String) {
        let host = self.server.address().split('/').nth(2).unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let close = "connection: close";
        write!(stream, "{request_line} HTTP/1.1\r\nhost: {host}\r\n{close}\r\n{header}\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    fn end(self) {
        self.server.stop();
        fs::remove_dir_all(self.folder).unwrap();
    }
}

#[test]
fn files_carry_types_policy_and_isolation() {
    let site = Fixture::new("types", "/", true);
    let (head, body) = site.ask("GET /", "");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, PAGE);
    for line in [
        "content-type: text/html",
        "cache-control: no-cache",
        "content-security-policy: default-src 'self'",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
    ] {
        assert!(head.contains(line), "{line} is missing in {head}");
    }
    assert!(site.ask("GET /module.wasm", "").0.contains("content-type: application/wasm"));
    assert!(site.ask("GET /weightkin.js", "").0.contains("content-type: text/javascript"));
    assert_eq!(site.ask("GET /extra/bare.html", "").1, "bare");
    assert!(site.ask("GET /missing", "").0.starts_with("http/1.1 404"));
    site.end();
}

#[test]
fn embed_has_its_own_policy_and_isolation() {
    let site = Fixture::new("embed", "/kin", true);
    let (head, _) = site.ask("GET /kin/embed.html?post=https://example.org/", "");
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(head.contains("document-isolation-policy: isolate-and-require-corp"), "{head}");
    let (head, _) = site.ask("GET /kin/weightkin.js", "");
    assert!(head.contains("content-security-policy: default-src 'self'"), "{head}");
    assert!(!head.contains("document-isolation-policy"), "{head}");
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
    site.end();
}

#[test]
fn plain_site_is_not_isolated() {
    let site = Fixture::new("plain", "/", false);
    let (head, _) = site.ask("GET /", "");
    assert!(!head.contains("cross-origin"), "{head}");
    assert!(!site.ask("GET /embed.html", "").0.contains("document-isolation"));
    assert!(head.contains("content-security-policy"), "{head}");
    site.end();
}

#[test]
fn ranges_and_head_are_answered() {
    let site = Fixture::new("ranges", "/", true);
    let (head, body) = site.ask("GET /module.wasm", "range: bytes=2-5\r\n");
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert_eq!(body, "2345");
    let (head, body) = site.ask("HEAD /module.wasm", "");
    assert!(head.contains("content-length: 10"), "{head}");
    assert_eq!(body, "");
    assert!(site.ask("GET /module.wasm", "range: bytes=20-\r\n").0.starts_with("http/1.1 416"));
    let requests = site.requests.lock().unwrap().clone();
    let seen: Vec<_> = requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        seen,
        [
            "206 GET /module.wasm [bytes=2-5]",
            "200 HEAD /module.wasm",
            "416 GET /module.wasm [bytes=20-]"
        ]
    );
    site.end();
}

#[test]
fn base_path_is_the_only_one() {
    let site = Fixture::new("base", "/tools/kin", true);
    assert!(site.server.address().ends_with("/tools/kin/"));
    let (head, body) = site.ask("GET /tools/kin/", "");
    assert_eq!(body, PAGE);
    assert!(head.contains("content-security-policy: default-src 'self'"), "{head}");
    assert_eq!(site.ask("GET /tools/kin/weightkin.js", "").1, "export {}");
    assert!(site.ask("GET /tools/kin", "").0.contains("location: /tools/kin/"));
    assert!(site.ask("GET /weightkin.js", "").0.starts_with("http/1.1 404"));
    site.end();
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let site = Fixture::new("outside", "/", true);
    for path in ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "//etc/passwd"] {
        let (head, body) = site.ask(&format!("GET {path}"), "");
        assert!(!head.starts_with("http/1.1 200"), "{path}: {head}");
        assert!(!body.contains("secret") && !body.contains("root:"), "{path}: {body}");
    }
    site.end();
}
