"""The three themes. Widgets take their colours from these tokens and from nowhere else."""

from __future__ import annotations

from textual.theme import Theme

from doubleread.config import THEMES

_TOKENS: dict[str, tuple[str, str, str]] = {
    "primary": ("#7fa6c9", "#1f5c8b", "#00ffff"),
    "secondary": ("#8f9aa6", "#5c6670", "#c8c8c8"),
    "accent": ("#e3b36a", "#8a5300", "#ffff00"),
    "foreground": ("#d8dce0", "#1d2125", "#ffffff"),
    "background": ("#15181b", "#fbfaf7", "#000000"),
    "panel": ("#22272c", "#ebe8e1", "#000000"),
    "success": ("#8fc08a", "#2c6e31", "#00ff00"),
    "error": ("#e58a80", "#a3281d", "#ff8080"),
    "border": ("#69747f", "#858075", "#949494"),
    "text-muted": ("#a3adb7", "#535b62", "#ffffff"),
    "primary-muted": ("#323f4b", "#cdd9e1", "#004c4c"),
}
"""The colour of each token in the dark, the light and the high-contrast theme.

`docs/reference/contrast.md` lists their contrasts, and a test keeps them at level AA of WCAG 2.2.
"""


def _theme(number: int, *, dark: bool = True, text_alpha: float = 0.95) -> Theme:
    colour = {token: colours[number] for token, colours in _TOKENS.items()}
    return Theme(
        name=THEMES[number],
        primary=colour["primary"],
        secondary=colour["secondary"],
        accent=colour["accent"],
        foreground=colour["foreground"],
        background=colour["background"],
        surface=colour["background"],
        panel=colour["panel"],
        success=colour["success"],
        warning=colour["accent"],
        error=colour["error"],
        dark=dark,
        text_alpha=text_alpha,
        variables={
            "border": colour["border"],
            "border-blurred": colour["border"],
            "text-muted": colour["text-muted"],
            "text-disabled": colour["text-muted"],
            "primary-muted": colour["primary-muted"],
            "scrollbar": colour["border"],
            "scrollbar-hover": colour["text-muted"],
            "scrollbar-active": colour["primary"],
            "scrollbar-background": colour["panel"],
        },
    )


ALL: tuple[Theme, ...] = (_theme(0), _theme(1, dark=False), _theme(2, text_alpha=1.0))
