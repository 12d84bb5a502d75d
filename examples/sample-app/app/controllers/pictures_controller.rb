# The bucket is closed to the public, so pictures come through here.
class PicturesController < ApplicationController
  def show
    post = Micropost.where.not(picture_key: nil).find(params[:id])
    # The picture of a post never changes.
    expires_in 1.day, public: true
    return unless stale?(etag: post.picture_key)

    body = SampleApp::Uploads.store.get(post.picture_key)
    return not_found unless body

    send_data body, type: post.picture_type, disposition: "inline"
  end
end
