//! What pages load beside themselves: one stylesheet, small scripts, the icon. All are in the binary; their names carry a
//! hash of their content, so that browsers may keep them for good.

use crate::http::Problem;
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The parts of the stylesheet, in the order in which they count.
const STYLE: &[&str] = &[
    include_str!("assets/style/tokens.css"),
    // The same values by the device's wish and by somebody's choice, which CSS has no way to say once.
    "@media (prefers-color-scheme: dark) {\n:root:not([data-theme=\"light\"]) {\n",
    include_str!("assets/style/dark.css"),
    "}\n}\n:root[data-theme=\"dark\"] {\n",
    include_str!("assets/style/dark.css"),
    "}\n",
    include_str!("assets/style/base.css"),
    include_str!("assets/style/frame.css"),
    include_str!("assets/style/forms.css"),
    include_str!("assets/style/blocks.css"),
    include_str!("assets/style/plot.css"),
    include_str!("assets/style/team.css"),
    include_str!("assets/style/board.css"),
    include_str!("assets/style/mine.css"),
    include_str!("assets/style/availability.css"),
    include_str!("assets/style/connect.css"),
    include_str!("assets/style/print.css"),
];

/// Everything else, by name. A script is named here, and loaded by the templates that want it.
const FILES: &[(&str, &str)] = &[
    ("availability.js", include_str!("assets/availability.js")),
    ("board.js", include_str!("assets/board.js")),
    ("icon.svg", include_str!("assets/icon.svg")),
    ("read-file.js", include_str!("assets/read-file.js")),
];

struct Asset {
    /// As it was written: `style.css`.
    name: &'static str,
    /// As it is asked for: `style.0123456789abcdef.css`.
    file: String,
    content: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files = FILES.iter().map(|(name, content)| (*name, (*content).to_owned()));
    std::iter::once(("style.css", STYLE.concat())).chain(files).map(|(name, content)| asset(name, content)).collect()
});

fn asset(name: &'static str, content: String) -> Asset {
    let hash = Sha256::digest(content.as_bytes()).iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    Asset { name, file: format!("{stem}.{hash}.{kind}"), content }
}

/// Where an asset is found; a test knows every name that templates use.
pub fn url(name: &str) -> String {
    let file = ASSETS.iter().find(|asset| asset.name == name).map_or(name, |asset| &asset.file);
    format!("/static/{file}")
}

/// The assets' route.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{file}", get(serve))
}

/// `GET /static/{file}`
async fn serve(Path(file): Path<String>) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.file == file).ok_or_else(Problem::not_found)?;
    let kind = match asset.name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let mut response = asset.content.as_str().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, forever);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_that_a_template_names_is_there() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/templates");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for name in text.split(".asset(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(ASSETS.iter().any(|asset| asset.name == name), "{}: {name}", path.display());
            }
            for inline in ["<style", " style=", " onclick=", "<script>", "javascript:"] {
                assert!(!text.contains(inline), "{}: the policy forbids {inline}", path.display());
            }
        }
    }

    #[test]
    fn a_changed_content_has_another_name() {
        let url = url("style.css");
        let (_, end) = url.strip_prefix("/static/style.").unwrap().split_once('.').unwrap();
        assert_eq!(end, "css");
        assert_ne!(asset("a.js", "1".to_owned()).file, asset("a.js", "2".to_owned()).file);
    }
}
