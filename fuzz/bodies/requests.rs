//! What requests hold: bodies in XML, paths and destinations, and addresses to fetch from.

use super::Parts;
use crate::config::Outbound;
use crate::dav::headers::destination;
use crate::dav::path::{Place, parse};
use crate::dav::xml::{self, Element, Node, is_xml_char};
use crate::outbound::Reach;
use hyper::HeaderMap;
use hyper::header::{HOST, HeaderValue};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A body is refused, or small in every way; written out again, it reads the same.
pub fn xml_dav(data: &[u8]) {
    let Ok(Some(root)) = xml::parse(data) else { return };
    let lower = data.to_ascii_lowercase();
    // The word may stand in a comment, in CDATA or in an instruction, where it declares nothing.
    let hides =
        [&b"<!--"[..], b"<![cdata[", b"<?"].iter().any(|begin| lower.windows(begin.len()).any(|part| part == *begin));
    assert!(hides || !lower.windows(9).any(|part| part == b"<!doctype"), "a DOCTYPE is taken");
    let mut count = 0;
    small(&root, 1, &mut count);
    let mut text = String::new();
    write(&root, &mut text);
    let again = xml::parse(text.as_bytes()).unwrap_or_else(|problem| panic!("{problem}: {text}"));
    assert_eq!(again.as_ref(), Some(&root), "{text}");
}

fn small(element: &Element, depth: usize, count: &mut usize) {
    *count += 1;
    assert!(depth <= 32 && *count <= 20_000 && element.attributes.len() <= 64);
    let said = element.attributes.iter().map(|(_, value)| value.clone()).chain([element.text()]);
    assert!(said.flat_map(|text| text.chars().collect::<Vec<_>>()).all(is_xml_char));
    let names = element.attributes.iter().map(|(name, _)| name).chain([&element.name]);
    names.for_each(|name| assert!(!name.local.is_empty() && !name.local.contains([':', ' ', '<', '>', '&', '"', '='])));
    element.children().for_each(|child| small(child, depth + 1, count));
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_alphanumeric() || c == ' ' { c.to_string() } else { format!("&#{};", u32::from(c)) })
        .collect()
}

/// Each name with a prefix and a declaration of its own, each text in numbers.
fn write(element: &Element, out: &mut String) {
    let tag = if element.name.namespace.is_empty() {
        element.name.local.clone()
    } else {
        format!("p:{}", element.name.local)
    };
    let _ = write!(out, "<{tag}");
    if !element.name.namespace.is_empty() {
        let _ = write!(out, " xmlns:p=\"{}\"", escaped(&element.name.namespace));
    }
    for (n, (name, value)) in element.attributes.iter().enumerate() {
        let value = escaped(value);
        let _ = match name.namespace.as_ref() {
            "" => write!(out, " {}=\"{value}\"", name.local),
            "http://www.w3.org/XML/1998/namespace" => write!(out, " xml:{}=\"{value}\"", name.local),
            other => write!(out, " xmlns:q{n}=\"{}\" q{n}:{}=\"{value}\"", escaped(other), name.local),
        };
    }
    out.push('>');
    for node in &element.nodes {
        match node {
            Node::Element(child) => write(child, out),
            Node::Text(text) => out.push_str(&escaped(text)),
        }
    }
    let _ = write!(out, "</{tag}>");
}

/// A path names one place however often it is written and read, nothing in it leads elsewhere when somebody decodes it
/// again, and no Destination leads to another server.
pub fn http_path(data: &[u8]) {
    let mut parts = Parts(data);
    let (path, to) = (parts.text(), parts.text());
    if let Ok(place) = parse(&path) {
        is_one_place(&place);
    }
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("here.example:8443"));
    let Ok(value) = HeaderValue::from_bytes(to.as_bytes()) else { return };
    headers.insert("destination", value);
    if let Ok(place) = destination(&headers, "public.example") {
        is_one_place(&place);
        let after = to.trim().split_once("//").filter(|(scheme, _)| scheme.is_empty() || scheme.ends_with(':'));
        if let Some((scheme, rest)) = after.filter(|(scheme, _)| !scheme.contains('/')) {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            let ours = ["here.example:8443", "public.example"].contains(&authority.as_str());
            assert!(ours || scheme.is_empty(), "{to} leads to {place:?}");
        }
    }
}

fn is_one_place(place: &Place) {
    let href = place.href();
    assert!(href.starts_with('/') && href.is_ascii(), "{href}");
    assert_eq!(parse(&href).as_ref(), Ok(place), "{href}");
    let names =
        href.trim_matches('/').split('/').map(|name| percent_encoding::percent_decode_str(name).decode_utf8_lossy());
    for name in names {
        assert!(!name.contains(['/', '\0', '\r', '\n']) && !matches!(name.as_ref(), "." | ".."), "{href}");
        let twice = percent_encoding::percent_decode_str(&name).decode_utf8_lossy();
        assert!(!twice.contains(['/', '\0', '\r', '\n']) && !matches!(twice.as_ref(), "." | ".."), "{href}");
    }
}

/// The guard lets nothing through but the public internet by TLS on its usual port, and what was named beside it.
pub fn url_guard(data: &[u8]) {
    let own = Outbound { private_networks: vec!["10.1.2.0/24".parse().unwrap()], ..Outbound::default() };
    let (strict, lenient) = (Reach::default(), Reach::new(&own));
    let mut parts = Parts(data);
    let (words, sort) = ([(); 4].map(|()| parts.number()), parts.number());
    let bits = words.iter().fold(0_u128, |bits, word| bits << 32 | u128::from(*word));
    // Such as lie near to what is special are worth more than any.
    let high = [0_u128, 0x2001, 0x2002, 0x64_ff9b, 0x2620, 0xffff, 0xfe80, 0x3fff][sort as usize % 8];
    let address = match sort / 8 % 5 {
        0 => IpAddr::V4(Ipv4Addr::from_bits(words[0])),
        1 => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        2 => IpAddr::V6(Ipv6Addr::from_bits(bits & u128::MAX >> 16 | high << 112)),
        3 => IpAddr::V6(Ipv6Addr::from_bits(u128::from(words[0]) | high << 32)),
        _ => IpAddr::V6(Ipv6Addr::from_bits(u128::from(words[0]) | 0x64_ff9b_u128 << 96)),
    };
    for (reach, inside) in [(&strict, false), (&lenient, true)] {
        for (port, clear) in [(443, false), (80, true), (22, false)] {
            if reach.admit(address, port, clear).is_ok() {
                let named = inside && is_named(address);
                assert!(named || (port == 443 && !clear && is_global(address)), "{address} port {port}");
            }
        }
    }
    let text = String::from_utf8_lossy(parts.rest()).into_owned();
    for url in [
        text.clone(),
        format!("https://{text}/x.ics"),
        format!("https://{address}/"),
        format!("https://[{address}]/{text}"),
    ] {
        let Ok(uri) = strict.judge(&url) else { continue };
        assert_eq!((uri.scheme_str(), uri.port_u16().unwrap_or(443)), (Some("https"), 443), "{url}");
        assert!(
            !url.contains(['@', '#', '\\', ' ', '\r', '\n']) || !uri.authority().unwrap().as_str().contains('@'),
            "{url}"
        );
        let host = uri.host().unwrap().trim_start_matches('[').trim_end_matches(']');
        if let Ok(literal) = host.parse::<IpAddr>() {
            assert!(is_global(literal), "{url}");
        } else {
            let host = host.to_ascii_lowercase();
            assert!(host.contains('.') && host.rsplit('.').next() != Some("local") && host != "localhost", "{url}");
        }
    }
}

fn is_named(address: IpAddr) -> bool {
    matches!(address.to_canonical(), IpAddr::V4(v4) if v4.octets()[..3] == [10, 1, 2])
}

/// Networks that nobody on the public internet has, by the registries of IANA; of IPv6 only 2000::/3 is given out.
const SPECIAL_V4: [(&str, u32); 18] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("233.252.0.0", 24),
    ("240.0.0.0", 4),
    ("255.255.255.255", 32),
    ("172.31.255.0", 24),
];
const SPECIAL_V6: [(&str, u32); 4] = [("2001::", 23), ("2001:db8::", 32), ("2002::", 16), ("3fff::", 20)];

fn is_global(address: IpAddr) -> bool {
    let v6 = match address.to_canonical() {
        IpAddr::V4(v4) => return is_global_v4(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    if v6 >> 32 == 0x64_ff9b << 64 {
        return is_global_v4(u32::try_from(v6 & u128::from(u32::MAX)).unwrap());
    }
    let within = |(network, length): &(&str, u32)| {
        let network: Ipv6Addr = network.parse().unwrap();
        (v6 ^ network.to_bits()) >> (128 - length) == 0
    };
    v6 >> 125 == 1 && !SPECIAL_V6.iter().any(within)
}

fn is_global_v4(bits: u32) -> bool {
    let within = |(network, length): &(&str, u32)| {
        let network: Ipv4Addr = network.parse().unwrap();
        u64::from(bits ^ network.to_bits()) >> (32 - length) == 0
    };
    !SPECIAL_V4.iter().any(within)
}
