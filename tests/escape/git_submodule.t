#!/bin/sh
# A submodule that a job sets up runs nothing when the host updates its own.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "a command as update of a submodule" '
	git init -q sub
	git -C sub -c user.name=x -c user.email=x@x commit -q --allow-empty -m x
	git config --file .gitmodules submodule.sub.path sub
	git config --file .gitmodules submodule.sub.url ./sub
	git add sub .gitmodules
	git -C sub -c user.name=x -c user.email=x@x commit -q --allow-empty -m y
	git -C sub checkout -q -b aside
	git config submodule.sub.url ./sub
	git config submodule.sub.update "!touch $RAN;:"'
# git has no such urls of submodules by itself, but with a configuration of the user's it may.
git config --file "$GIT_CONFIG_GLOBAL" protocol.ext.allow always
planted "a url that is a command" '
	git config --file .gitmodules submodule.sub.path gone
	git config --file .gitmodules submodule.sub.url "ext::sh -c touch% $RAN"
	git config submodule.sub.url "ext::sh -c touch% $RAN"
	mkdir gone
	git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),gone
	git add .gitmodules'
finish
