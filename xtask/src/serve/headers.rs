//! The headers that every answer carries.

use std::path::Path;

use axum::http::header::{self, HeaderName, HeaderValue};

/// The headers for a site: no stale files, no guessed types, the page's own content security
/// policy, and cross-origin isolation if wanted.
pub fn for_site(root: &Path, isolated: bool) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    if isolated {
        let isolation = [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            // so that the files can also be used by isolated pages of other origins
            ("cross-origin-resource-policy", "cross-origin"),
        ];
        headers.extend(
            isolation.map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            }),
        );
    }
    // workers take their policy from their own script's headers, not from the page's <meta>
    let policy = std::fs::read_to_string(root.join("index.html")).ok();
    if let Some(policy) = policy.as_deref().and_then(policy_in_page)
        && let Ok(value) = HeaderValue::from_str(&policy)
    {
        headers.push((header::CONTENT_SECURITY_POLICY, value));
    }
    headers
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
