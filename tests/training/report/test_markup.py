from __future__ import annotations

from handgrad.training.report._markup import Markup, joined, tag


def test_text_is_escaped_and_elements_are_not():
    assert tag("p", "a < b & c", tag("b", "d")) == "<p>a &lt; b &amp; c<b>d</b></p>"
    assert joined("<", Markup("<i>")) == "&lt;<i>"


def test_attributes_are_escaped_named_as_in_html_and_left_out_for_none():
    assert tag("a", class_='"x"', aria_label="it's", id=None) == '<a class="&quot;x&quot;" aria-label="it&#x27;s"></a>'


def test_pixels_are_rounded_to_tenths():
    assert tag("circle", cx=1.26, cy=2.0, r=3) == '<circle cx="1.3" cy="2" r="3"></circle>'


def test_void_elements_have_no_end():
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'
