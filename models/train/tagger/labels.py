"""The labels, assertion classes and section kinds that the model and the program share."""

LABELS = ("condition", "level", "grade", "imaging", "chronicity", "care", "surgery", "function", "injury")
TAGS = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))
STATUS = ("present", "absent", "possible", "historical", "hypothetical", "family")
SECTIONS = (
    "chief_complaint", "hpi", "past_medical_history", "surgical_history", "family_history", "social_history",
    "medications", "allergies", "ros", "exam", "imaging", "labs", "assessment", "plan", "assessment_plan",
    "procedure", "indication", "diagnosis", "prior_treatment", "function", "instructions", "consent", "course",
    "inherit", "other",
)

TAG_ID = {tag: i for i, tag in enumerate(TAGS)}
STATUS_ID = {status: i for i, status in enumerate(STATUS)}

ANY = "any"
"""The label of a concept of another organ: it has a status and no tag."""

UNMARKED = -100
"""The target of a word that a head learns nothing from."""
