#!/bin/sh
# What a profile hides inside of a listed directory can't be read, by any way to it.
. "${0%/*}/escape.sh"

mkdir -p shown/private
chmod 0755 shown shown/private
echo ESCAPED: the secret >shown/private/secret
cp shown/private/secret shown/key
cat >hide.yaml <<-END
	version: 1
	name: hide
	extends: base
	files: { read: ['$tmp/shown'], hide: ['$tmp/shown/private', '$tmp/shown/key'] }
END

look() {
	attack hide "$1" --profile hide.yaml -- sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$2"
}
look "a file in a hidden directory" "$tmp/shown/private/secret"
look "a hidden file" "$tmp/shown/key"
finish
