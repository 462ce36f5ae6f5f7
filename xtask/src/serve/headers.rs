//! The headers that every answer carries.

use std::path::Path;

use axum::http::header::{self, HeaderName, HeaderValue};

type Header = (HeaderName, HeaderValue);

/// The page that others show in a frame, which has a policy of its own.
const EMBED: &str = "embed.html";

/// The headers of a site's answers.
pub struct Headers {
    everywhere: Vec<Header>,
    /// Of everything but the embed.
    page: Vec<Header>,
    embed: Vec<Header>,
}

impl Headers {
    /// No stale files, no guessed types, files that pages of other origins may use, the page's own
    /// content security policy, and cross-origin isolation if wanted.
    pub fn for_site(root: &Path, isolated: bool) -> Self {
        let mut everywhere = vec![
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        ];
        // workers take their policy from their own script's headers, not from the page's <meta>
        let page = policy_of(&root.join("index.html"));
        let mut embed = policy_of(&root.join(EMBED));
        if isolated {
            let isolation = [
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-embedder-policy", "require-corp"),
                // so that the files can also be used by isolated pages of other origins
                ("cross-origin-resource-policy", "cross-origin"),
            ];
            everywhere.extend(isolation.map(fixed));
            // a frame is isolated by itself, whatever the page around it is
            embed.push(fixed(("document-isolation-policy", "isolate-and-require-corp")));
        }
        Self { everywhere, page, embed }
    }

    /// The headers of the answer to a request for `path`, which may have a query.
    pub fn of(&self, path: &str) -> impl Iterator<Item = Header> {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let own = if path.rsplit('/').next() == Some(EMBED) { &self.embed } else { &self.page };
        self.everywhere.iter().chain(own).cloned()
    }
}

fn fixed((name, value): (&'static str, &'static str)) -> Header {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// The policy that a page has in its `<meta>`, as a header.
fn policy_of(page: &Path) -> Vec<Header> {
    std::fs::read_to_string(page)
        .ok()
        .as_deref()
        .and_then(policy_in_page)
        .and_then(|policy| HeaderValue::from_str(&policy).ok())
        .map(|value| (header::CONTENT_SECURITY_POLICY, value))
        .into_iter()
        .collect()
}

/// The content of the page's `<meta http-equiv="Content-Security-Policy">`.
fn policy_in_page(html: &str) -> Option<String> {
    let named = html.to_ascii_lowercase().find("http-equiv=\"content-security-policy\"")?;
    let opened = html[..named].rfind("<meta")?;
    let element = &html[opened..opened + html[opened..].find('>')?];
    let (_, content) = element.split_once("content=\"")?;
    let (policy, _) = content.split_once('"')?;
    let on_one_line = policy.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(on_one_line.replace("&#39;", "'").replace("&apos;", "'"))
}

#[cfg(test)]
mod tests {
    use super::policy_in_page;

    #[test]
    fn policy_is_found_in_either_order_and_over_several_lines() {
        let page = "<head><meta charset=\"utf-8\"><meta\n http-equiv=\"Content-Security-Policy\"\n \
                    content=\"default-src 'none';\n   script-src 'self'\"></head>";
        assert_eq!(policy_in_page(page).unwrap(), "default-src 'none'; script-src 'self'");
        let page =
            "<meta content=\"img-src &#39;self&#39;\" http-equiv=\"content-security-policy\">";
        assert_eq!(policy_in_page(page).unwrap(), "img-src 'self'");
        assert_eq!(policy_in_page("<meta name=\"viewport\" content=\"x\">"), None);
    }
}
