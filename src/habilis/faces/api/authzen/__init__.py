"""OpenID AuthZEN Authorization API 1.0: may she, what may she see, who may see this, over HTTP."""
