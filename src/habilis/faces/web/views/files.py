"""The files of a resource: in, out, away. They leave through the rule, and a browser never runs them."""

from __future__ import annotations

from pathlib import Path

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from habilis.core import Invalid, NotFound, Ref
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address
from habilis.workflows import resources
from habilis.workflows.browse import open_file

FIRST_BYTES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
PICTURE = "default-src 'none'; frame-ancestors 'self'; sandbox"
SHOWN = {  # browsers keep a PDF apart in their own reader, which a sandbox of ours would switch off
    "application/pdf": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'",
    **dict.fromkeys(("image/png", "image/jpeg", "image/gif", "image/webp"), PICTURE),
}
"""The media types that are shown, each under the policy it is shown with."""


@require_POST
@gate("edit", "the resource")
def upload(request: HttpRequest, here: Here, type_: str, key: str) -> HttpResponse:
    """Attach one file or several."""
    ref = Ref(type_, key)
    given = request.FILES.getlist("files")
    for file in given:
        try:
            resources.attach_file(
                here.acting, ref=ref, name=file.name or _("file"), media_type=file.content_type or "", stream=file
            )
        except Invalid as error:
            messages.error(
                request, f"{file.name} : {'; '.join(words.fault_of(error, fault) for fault in error.faults)}"
            )
        else:
            messages.success(request, _("File added: %(name)s") % {"name": file.name})
    if not given:
        messages.error(request, _("No file was chosen"))
    return redirect(address(here, "resource", type_=type_, key=key) + "#files")


@require_safe
@gate("read", "the resource of the file")
def download(request: HttpRequest, here: Here, file_id: int) -> HttpResponse:  # noqa: ARG001 - every view has it
    """Hand a file over, to be kept and never to be run."""
    record, path = open_file(here.portal, here.me, file_id)
    response = FileResponse(path.open("rb"), as_attachment=True, filename=record.name)
    response["Content-Type"] = "application/octet-stream"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@gate("read", "the resource of the file")
def preview(request: HttpRequest, here: Here, file_id: int) -> HttpResponse:  # noqa: ARG001 - every view has it
    """
    Show a picture or a PDF within our own page.

    What it is, its first bytes say, and never a name; whatever else it may be, a browser is told not to guess nor run.
    """
    _record, path = open_file(here.portal, here.me, file_id)
    found = shown_as(path)
    if found is None:
        raise NotFound(f"no preview of the file `{file_id}`")
    response = FileResponse(path.open("rb"), content_type=found)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Content-Security-Policy"] = SHOWN[found]
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def shown_as(path: Path) -> str | None:
    """The media type under which a file may be shown; none where it may only be kept."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return None
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for first, media_type in FIRST_BYTES.items() if start.startswith(first)), None)


@require_POST
@gate("edit", "the resource of the file")
def remove(request: HttpRequest, here: Here, file_id: int) -> HttpResponse:
    """Take a file away."""
    resources.remove_file(here.acting, file_id=file_id)
    messages.success(request, _("File removed"))
    target = request.POST.get("next", "")
    home = address(here, "home")
    return redirect(target if target.startswith(home) and "//" not in target else home)
