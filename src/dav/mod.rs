//! WebDAV and CalDAV on the wire: paths, headers, XML. Translates and calls `service`; decides nothing itself.
pub mod xml;
