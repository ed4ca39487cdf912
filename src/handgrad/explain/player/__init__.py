"""The record as something to look at: a page that plays it, a picture of any moment, and an animation."""

from handgrad.explain.player._frames import Frame as Frame
from handgrad.explain.player._frames import frames as frames
from handgrad.explain.player._gif import write_gif as write_gif
from handgrad.explain.player._html import to_html as to_html
from handgrad.explain.player._svg import to_svg as to_svg
