//! A headless Chromium, told what to do over the WebDriver protocol (W3C), as much of it as is needed.

use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// What keeps it quiet and on this machine.
pub(super) const CHROMIUM_FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
];

/// A browser with a new, empty profile. Dropping it ends it with everything that it has started.
pub(super) struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    profile: TempDir,
}

impl Chromium {
    pub(super) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // The browser is in the same group, so that both can be ended at once.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        let mut chromium = Self { driver, port, session: String::new(), profile };
        let mut arguments = CHROMIUM_FLAGS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", chromium.profile.path().display()));
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:chromeOptions": { "args": arguments },
            "timeouts": { "implicit": 30_000, "pageLoad": 30_000 },
        } } });
        let session = chromium.post("/session", &capabilities).await;
        chromium.session = session["sessionId"].as_str().unwrap().to_owned();
        chromium
    }

    pub(super) async fn open(&self, url: &str) {
        self.command("url", &json!({ "url": url })).await;
    }

    /// Opens an address in a tab of its own and goes there.
    pub(super) async fn open_in_new_tab(&self, url: &str) -> String {
        let tab = self.command("window/new", &json!({ "type": "tab" })).await;
        let handle = tab["handle"].as_str().unwrap().to_owned();
        self.switch_to(&handle).await;
        self.open(url).await;
        handle
    }

    pub(super) async fn switch_to(&self, tab: &str) {
        self.command("window", &json!({ "handle": tab })).await;
    }

    /// Closes the tab it is at and goes to another one.
    pub(super) async fn close_tab(&self) {
        let path = format!("/session/{}/window", self.session);
        let left = self.send("DELETE", &path, None).await;
        self.switch_to(left[0].as_str().unwrap()).await;
    }

    /// Fills in the emulator's page.
    pub(super) async fn sign_in(&self, username: &str, password: &str) {
        for (name, text) in [("login", username), ("passwd", password)] {
            let element = self.find(&format!("input[name={name}]")).await;
            self.command(&format!("element/{element}/value"), &json!({ "text": text })).await;
        }
        self.click("button[value=sign_in]").await;
    }

    pub(super) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.command(&format!("element/{element}/click"), &json!({})).await;
    }

    /// What is to be read there, once it is there.
    pub(super) async fn text(&self, selector: &str) -> String {
        let element = self.find(selector).await;
        let path = format!("/session/{}/element/{element}/text", self.session);
        self.send("GET", &path, None).await.as_str().unwrap().to_owned()
    }

    /// What a script gives.
    pub(super) async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// Goes to an address; whether somebody answered there.
    pub(super) async fn status_of(&self, url: &str) -> bool {
        self.open(url).await;
        self.text("body").await.contains("not accepted")
    }

    pub(super) async fn quit(mut self) {
        self.send("DELETE", &format!("/session/{}", self.session), None).await;
        self.end();
        self.driver.wait().await.unwrap();
    }

    async fn find(&self, selector: &str) -> String {
        let found = self.command("element", &json!({ "using": "css selector", "value": selector })).await;
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    async fn command(&self, name: &str, body: &Value) -> Value {
        self.post(&format!("/session/{}/{name}", self.session), body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, Some(body)).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        // The driver leaves the connection open.
        let mut reply = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let mut line = String::new();
            assert!(reply.read_line(&mut line).await.unwrap() > 0, "{method} {path}: {head}");
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reply.read_exact(&mut body).await.unwrap();
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{method} {path}: {body}");
        body["value"].take()
    }

    fn end(&self) {
        let Some(group) =
            self.driver.id().and_then(|id| rustix::process::Pid::from_raw(id.try_into().unwrap()))
        else {
            return;
        };
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.end();
    }
}
