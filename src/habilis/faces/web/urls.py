"""Every page, in the order of the menu."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import include, path, re_path

from habilis.faces.web.views import (
    account,
    changes,
    exports,
    files,
    grants,
    home,
    invitations,
    joining,
    moderation,
    people,
    positions,
    resources,
    scopes,
    tree,
    users,
    why,
)

ACCOUNT = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("signup/", allauth.signup, name="account_signup"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
RESOURCES = [
    path("", resources.index, name="resources"),
    path("print", resources.print_list, name="print_list"),
    path("export/<slug:format_>", exports.resources, name="export"),
    path("new", changes.new, name="new"),
    path("view/<path:key>", resources.show, name="resource"),
    path("print/<path:key>", resources.printable, name="print"),
    path("edit/<path:key>", changes.edit, name="edit"),
    path("delete/<path:key>", changes.delete, name="delete"),
    path("comment/<path:key>", changes.comment, name="comment"),
    path("files/<path:key>", files.upload, name="upload"),
    path("do/<slug:action>/<path:key>", changes.move_along, name="do"),
]
PORTAL = [
    path("", home.home, name="home"),
    path("theme.css", home.theme, name="theme"),
    path("r/<slug:type_>/", include(RESOURCES)),
    path("f/<int:file_id>", files.download, name="file"),
    path("f/<int:file_id>/remove", files.remove, name="remove_file"),
    path("manage/", scopes.manage, name="manage"),
    path("manage/children", scopes.children, name="children"),
    path("s/", scopes.show, name="root"),
    path("s/<path:key>", scopes.show, name="scope"),
    path("scope/new/<slug:kind>", tree.new, name="new_scope"),
    path("scope/rename/<path:key>", tree.rename, name="rename"),
    path("scope/move/<path:key>", tree.move, name="move"),
    path("scope/close/<path:key>", tree.close, name="close"),
    path("scope/reopen/<path:key>", tree.reopen, name="reopen"),
    path("scope/configure/<path:key>", tree.configure, name="configure"),
    path("scope/position/<path:key>", positions.take, name="position"),
    path("scope/leave/<path:key>", positions.leave, name="leave"),
    path("submit/<slug:kind>", moderation.submit, name="submit"),
    path("moderation/", moderation.index, name="moderation"),
    path("moderation/view/<path:key>", moderation.show, name="moderate"),
    path("moderation/accept/<path:key>", moderation.accept, name="accept"),
    path("moderation/refuse/<path:key>", moderation.turn_down, name="turn_down"),
    path("invitations/new", invitations.new, name="invite"),
    path("invitations/<int:invitation>/resend", invitations.resend, name="resend"),
    path("invitations/<int:invitation>/cancel", invitations.cancel, name="cancel_invitation"),
    path("people/new", people.new, name="new_person"),
    path("people/export/<slug:format_>", exports.people, name="export_people"),
    path("people/<str:email>", people.show, name="person"),
    path("people/<str:email>/attach", grants.attach, name="attach"),
    path("people/<str:email>/detach", grants.detach, name="detach"),
    path("people/<str:email>/adjust", grants.adjust, name="adjust"),
    path("people/<str:email>/period", grants.period, name="period"),
    path("people/<str:email>/profile", grants.profile, name="profile"),
    path("people/<str:email>/territories/<slug:profile>", positions.territories, name="territories"),
    path("people/<str:email>/demote/<slug:profile>", positions.demote, name="demote"),
    path("people/<str:email>/export/<slug:format_>", exports.person, name="export_person"),
    path("users/", users.show, name="users"),
    path("users/attach", users.attach, name="attach_user"),
    path("users/detach", users.detach, name="detach_user"),
    path("contacts/", users.contacts, name="contacts"),
    path("contacts/export/<slug:format_>", exports.contacts, name="export_contacts"),
    path("why", why.why, name="why"),
    path("who", why.who, name="who"),
]
PAGES = [
    path("", home.portals, name="portals"),
    path("accounts/me/", account.show, name="account"),
    path("accounts/invitations/<int:invitation>/", joining.mine, name="my_invitation"),
    path("accounts/invitation/<str:token>/", joining.answer, name="invitation"),
    path("language/", home.language, name="language"),
    path("unsent/", home.unsent, name="unsent"),
    path("outbox/", home.outbox, name="outbox"),
    path("<slug:portal>/", include(PORTAL)),
]

urlpatterns = [
    path("accounts/", include(ACCOUNT)),
    path("", include((PAGES, "web"))),
]
