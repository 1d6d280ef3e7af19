"""An age or a span of time as a person says it: the same words wherever one is shown."""

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
UNKNOWN = "-"


def age_text(age_s: float | None) -> str:
    """Whole seconds, and from twice a larger unit on that unit; a dash when it is unknown. The operator page's script says it likewise."""
    if age_s is None:
        return UNKNOWN
    for size_s, unit in UNITS:
        if abs(age_s) >= 2 * size_s:
            return f"{round(age_s / size_s)} {unit}"
    return f"{round(age_s)} s"
