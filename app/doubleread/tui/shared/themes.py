"""The three themes. Widgets take their colours from these tokens and from nowhere else."""

from __future__ import annotations

from textual.theme import Theme

from doubleread.config import THEMES

DARK = Theme(
    name=THEMES[0],
    primary="#7fa6c9",
    secondary="#8f9aa6",
    accent="#e3b36a",
    foreground="#d8dce0",
    background="#15181b",
    surface="#15181b",
    panel="#22272c",
    success="#8fc08a",
    warning="#e3b36a",
    error="#e58a80",
    dark=True,
    variables={"border": "#3c444c", "border-blurred": "#3c444c", "text-muted": "#98a2ac"},
)

LIGHT = Theme(
    name=THEMES[1],
    primary="#1f5c8b",
    secondary="#5c6670",
    accent="#8a5300",
    foreground="#1d2125",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#ebe8e1",
    success="#2c6e31",
    warning="#8a5300",
    error="#a3281d",
    dark=False,
    variables={"border": "#c3beb2", "border-blurred": "#c3beb2", "text-muted": "#5a6269"},
)

CONTRAST = Theme(
    name=THEMES[2],
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffff00",
    error="#ff8080",
    dark=True,
    text_alpha=1.0,
    variables={"border": "#ffffff", "border-blurred": "#ffffff", "text-muted": "#ffffff"},
)

ALL: tuple[Theme, ...] = (DARK, LIGHT, CONTRAST)
