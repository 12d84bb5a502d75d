class MicropostsController < ApplicationController
  before_action :need_user

  # What keeping a picture may end with.
  UPLOAD_FAILURES = [Aws::Errors::ServiceError, Aws::Errors::MissingCredentialsError, Seahorse::Client::NetworkingError].freeze

  def create
    @micropost = current_user.microposts.build(content: params.require(:micropost)[:content].to_s)
    return refuse(t("flash.post_invalid"), :unprocessable_entity) unless @micropost.valid?

    upload = params[:micropost][:picture]
    @micropost.picture = SampleApp::Picture.from(upload) if upload.respond_to?(:read)
    @micropost.save!
    redirect_to root_path
  rescue SampleApp::Picture::Refused => error
    refuse(t("flash.picture.#{error.message}"), :unprocessable_entity)
  rescue *UPLOAD_FAILURES => error
    logger.error("Upload: #{error.class}: #{error.message}")
    refuse(t("flash.upload_failed"), :service_unavailable)
  end

  def destroy
    current_user.microposts.find(params[:id]).destroy!
    redirect_to root_path
  end

  private

  def refuse(words, status)
    flash.now[:alert] = words
    render "home/index", status: status
  end
end
