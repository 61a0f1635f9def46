#!/bin/sh
# What `make install` puts somewhere works from there.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

command -v make >/dev/null || skip_all "there is no make"
kit_start
new_repo repo
install_to() { # DIRECTORY: from what is built, wherever that is
	make --silent -C "$top" -o all install B="$REMIT_BUILD" DESTDIR="$1" PREFIX=/usr >complaints 2>&1 || cat complaints
}
is "$(install_to "$tmp/there")" "" "it says nothing"
is "$(find there/usr/bin -type f)" there/usr/bin/remit "one program is for the user"
is "$(find there ! -type l -perm /022)" "" "nobody else can write to it"
PATH=$tmp/there/usr/bin:/usr/bin:/bin
is "$(command -v remit)" "$tmp/there/usr/bin/remit" "it is found"
for file in "$top"/profiles/*.yaml; do
	name=${file##*/}
	remit profile list | grep -q "^${name%.yaml} " || echo "${name%.yaml}"
done >missing
is "$(cat missing)" "" "with every profile that is shipped"
refused 10 "a job goes its way, which takes the cage, the log and the policy" job -- sh -c 'echo "int x;" >x.c'
ok "the log is verified" remit audit verify
is "$(remit sandbox -- echo ran)" ran "the bare cage is there"
for shell in bash zsh fish; do
	like "$(remit completion "$shell")" 'policy' "and completion for $shell"
done
cp -r there elsewhere
rm -rf there
PATH=$tmp/elsewhere/usr/bin:/usr/bin:/bin
refused 10 "all of it may be moved" job -- sh -c 'echo "int y;" >y.c'
mkdir in
relative=$(cd "$top" && realpath --relative-to=. "$tmp/in")
is "$(install_to "$relative"; find in -name base.yaml)" "in/usr/share/remit/profiles/base.yaml" "a relative place is one place"
finish
