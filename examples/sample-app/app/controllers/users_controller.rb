require "net/smtp"

class UsersController < ApplicationController
  before_action :need_user, only: [:show, :destroy]

  # What sending a mail may end with; the account is not kept then, so that one can try again.
  MAIL_FAILURES = [SocketError, SystemCallError, IOError, Timeout::Error, OpenSSL::SSL::SSLError, Net::SMTPAuthenticationError,
                   Net::SMTPServerBusy, Net::SMTPSyntaxError, Net::SMTPFatalError, Net::SMTPUnknownError].freeze

  def new
    @user = User.new
  end

  def create
    User.abandoned.delete_all
    @user = User.new(params.require(:user).permit(:name, :email, :password))
    return render(:new, status: :unprocessable_entity) unless @user.valid?
    return refuse(t("flash.too_often"), :too_many_requests) unless within_limit?("sign_up", 30, 600)

    SampleApp::Settings.mail? || Rails.env.test? ? sign_up_by_mail : sign_up_at_once
  end

  def show; end

  def destroy
    current_user.destroy!
    reset_session
    redirect_to root_path, notice: t("flash.account_deleted")
  end

  private

  def sign_up_by_mail
    User.transaction do
      @user.new_activation
      @user.save!
      AccountMailer.activation(@user, request.protocol).deliver_now
    end
    redirect_to root_path, notice: t("flash.look_into_mail", email: @user.email)
  rescue *MAIL_FAILURES => error
    logger.error("Activation mail: #{error.class}: #{error.message}")
    @user = User.new(name: @user.name, email: @user.email)
    refuse(t("flash.mail_failed"), :service_unavailable)
  end

  # Where no mail server is set up nobody could ever activate an account.
  def sign_up_at_once
    @user.activate!
    reset_session
    session[:user_id] = @user.id
    redirect_to root_path, notice: t("flash.active_at_once")
  end

  def refuse(words, status)
    flash.now[:alert] = words
    render :new, status: status
  end
end
