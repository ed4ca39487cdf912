"""A record as a page to read: what is said stands once, and is written as plain text or as LaTeX."""

from handgrad.explain.pages._chapter_page import chapter_remarks as chapter_remarks
from handgrad.explain.pages._chapter_page import chapter_title as chapter_title
from handgrad.explain.pages._latex import to_latex as to_latex
from handgrad.explain.pages._plain_text import Line as Line
from handgrad.explain.pages._plain_text import text_lines as text_lines
from handgrad.explain.pages._plain_text import to_text as to_text
