use super::*;

fn opened(text: &str) -> Result<Element, String> {
    let tree = parse(text).map_err(|error| error.to_string())?;
    open(tree).map_err(|error| error.to_string())
}

fn envelope(content: &str) -> String {
    format!("<e:Envelope xmlns:e=\"{ENVELOPE}\">{content}</e:Envelope>")
}

#[test]
fn the_element_of_the_body_is_found_whatever_the_prefix() {
    for text in [
        envelope("<e:Body><q xmlns=\"urn:x\"/></e:Body>"),
        envelope("\n <e:Header/>\n <e:Body>\n <q xmlns=\"urn:x\"></q> </e:Body> "),
        envelope(
            "<e:Header><h xmlns=\"urn:h\" e:mustUnderstand=\"0\"/></e:Header><e:Body><y:q xmlns:y=\"urn:x\"/></e:Body>",
        ),
        format!(
            "<?xml version=\"1.0\"?><!-- c --><Envelope xmlns=\"{ENVELOPE}\"><Body><q xmlns=\"urn:x\"/></Body></Envelope>"
        ),
    ] {
        assert!(
            opened(&text).is_ok_and(|element| element.is("urn:x", "q")),
            "{text}"
        );
    }
}

#[test]
fn envelopes_that_are_none_are_refused() {
    let soap_12 = "http://www.w3.org/2003/05/soap-envelope";
    for (text, part_of_error) in [
        (
            format!("<e:Envelope xmlns:e=\"{soap_12}\"><e:Body><q/></e:Body></e:Envelope>"),
            "not a SOAP 1.1",
        ),
        (
            "<Envelope><Body><q/></Body></Envelope>".to_owned(),
            "not a SOAP 1.1",
        ),
        (envelope(""), "does not hold"),
        (envelope("<e:Header/>"), "does not hold"),
        (envelope("<e:Body><q/></e:Body><e:Header/>"), "does not hold"),
        (
            envelope("<e:Body><q/></e:Body><e:Body><q/></e:Body>"),
            "does not hold",
        ),
        (
            envelope("<e:Header/><e:Header/><e:Body><q/></e:Body>"),
            "does not hold",
        ),
        (envelope("<e:Body/>"), "0 elements"),
        (envelope("<e:Body><q/><q/><q/></e:Body>"), "3 elements"),
        (envelope("<e:Body>x<q/></e:Body>"), "text between"),
        (
            envelope("<e:Header><h e:mustUnderstand=\"1\"/></e:Header><e:Body><q/></e:Body>"),
            "mustUnderstand",
        ),
    ] {
        let error = opened(&text).expect_err(&text);
        assert!(error.contains(part_of_error), "{error} for {text}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    for (text, part_of_error) in [
        ("", "no element"),
        ("<a>", "ends inside"),
        ("<a></b>", "syntax"),
        ("<a/><b/>", "second root"),
        ("<a/>x", "outside"),
        ("<p:a/>", "undeclared prefix"),
        ("<a p:b=\"1\"/>", "undeclared prefix"),
        ("<a b=\"1\" b=\"2\"/>", "attribute"),
        ("<a b=1/>", "attribute"),
        ("<a>&unknown;</a>", "undeclared entity"),
        ("<a>&#0;</a>", "character reference"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "document type"),
        ("<?php echo 1 ?><a/>", "processing instruction"),
        (deep.as_str(), "deeply"),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.contains(part_of_error), "{error} for {text}");
    }
}

#[test]
fn text_is_gathered_from_all_its_pieces() {
    let element = parse("<a>1<!-- 2 -->&lt;&#51;<![CDATA[<4>]]> \n</a>").expect("well-formed");
    assert_eq!(element.text, "1<3<4> \n");
}

#[test]
fn escaped_text_comes_back() {
    let mut out = String::new();
    text_element("a", "<b> & \"c\" ]]> \r\n é", &mut out);
    assert_eq!(parse(&out).expect("well-formed").text, "<b> & \"c\" ]]> \r\n é");
}
