//! The front page: what this is, which teams there are, how to connect a calendar app.

use super::layout::page;
use crate::http::Problem;
use crate::service::Service;
use askama::Template;
use axum::extract::State;
use axum::response::Html;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>Who is on call?</h1>
<p>Dogwatch plans on-call rosters and keeps them in people's own calendars.</p>
{% if teams.is_empty() %}<p>There are no teams yet.</p>{% else %}<ul class="list">
{% for (id, name) in teams %}<li><a href="/teams/{{ id }}">{{ name }}</a></li>
{% endfor %}</ul>{% endif %}
<h2>Connect your calendar</h2>
<p>In your calendar app add a CalDAV account:</p>
<dl>
<dt>Server</dt><dd><code>{{ url }}</code></dd>
<dt>User name</dt><dd>your e-mail address or your id</dd>
<dt>Password</dt><dd>an app password, made for this app alone; whoever runs this server gives you one</dd>
</dl>
<p>Put what you can't do into <em>Availability</em>. Your shifts appear in <em>Shifts</em>; to hand one over, decline it
there. Colleagues who can take it are asked, and it stays yours until one of them agrees.</p>
<p class="small">For programs: <a href="/api/v1/openapi.json">the JSON API</a>.</p>"#
)]
struct Home {
    teams: Vec<(String, String)>,
    url: String,
}

/// `GET /`
pub async fn home(State(service): State<Service>) -> Result<Html<String>, Problem> {
    let teams = service.team_names().await?.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    page("Who is on call?", &Home { teams, url: service.public_url().to_owned() })
}
