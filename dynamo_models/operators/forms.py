"""What an operator types before anything is done: why, and, where authority is at stake, which group."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dynamo_models.cutover.controls import LONGEST_SUBJECT, MOST_SUBJECTS

_LONGEST_REASON = 2000
_SUBJECT_ACTIONS = (
    ("allow", "Their reads go to DynamoDB, at every share above 0"),
    ("deny", "Their reads go to SQL, at every share"),
    ("forget", "Their reads go by the share again"),
)


class ReasonForm(forms.Form):
    """Why: it stands in the history for good."""

    reason = forms.CharField(
        label="Why",
        max_length=_LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="It stays in the history, with your name.",
    )


class KillForm(ReasonForm):
    """For when there is no time: a reason may be left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class TypedForm(ReasonForm):
    """For where authority is at stake. group: its name has to be typed where ``typed``, and is not asked otherwise."""

    def __init__(self, *args: Any, group: str, typed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        if typed:
            self.fields["typed"] = forms.CharField(
                label=f"Type the group's name, {group}",
                strip=True,
                widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
                help_text="Authority is at stake: this is how we know that you mean this group.",
            )

    def clean_typed(self) -> str:
        said: str = self.cleaned_data["typed"]
        if said != self.group:
            raise ValidationError(f"That is not the name of this group, which is {self.group}.")
        return said


class MoveForm(TypedForm):
    """Confirms a move as it was shown: when the group was at that epoch, as a step of that kind."""

    epoch = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=[(each, each) for each in ("up", "renew", "down")], widget=forms.HiddenInput)


class SubjectsForm(ReasonForm):
    """Whose reads, and where they go."""

    action = forms.ChoiceField(label="What", choices=_SUBJECT_ACTIONS, widget=forms.RadioSelect, initial="allow")
    subjects = forms.CharField(
        label="Subjects",
        widget=forms.Textarea(attrs={"rows": 5, "cols": 60}),
        help_text=f"One a line, such as primary keys of users; at most {MOST_SUBJECTS} in all of a group's lists.",
    )
    field_order = ("action", "subjects", "reason")

    def clean_subjects(self) -> list[str]:
        named = [line.strip() for line in self.cleaned_data["subjects"].splitlines() if line.strip()]
        if long := [each for each in named if len(each) > LONGEST_SUBJECT]:
            raise ValidationError(f"A subject has at most {LONGEST_SUBJECT} characters; {long[0][:40]}… has more.")
        return named
