"""The addresses of the machine faces. Each view says who may enter: `token` or `public`."""

from __future__ import annotations

from django.urls import path

from habilis.faces.api.authzen import evaluation, metadata, search

urlpatterns = [
    path(".well-known/authzen-configuration/<slug:portal>", metadata.configuration, name="authzen_configuration"),
    path("<slug:portal>/access/v1/evaluation", evaluation.evaluation, name="authzen_evaluation"),
    path("<slug:portal>/access/v1/evaluations", evaluation.evaluations, name="authzen_evaluations"),
    path("<slug:portal>/access/v1/search/subject", search.subjects, name="authzen_search_subject"),
    path("<slug:portal>/access/v1/search/resource", search.resources, name="authzen_search_resource"),
    path("<slug:portal>/access/v1/search/action", search.actions, name="authzen_search_action"),
]
