class SessionsController < ApplicationController
  def new; end

  def create
    return refuse(t("flash.too_often"), :too_many_requests) unless within_limit?("log_in", 60, 600)

    user = User.find_by(email: params[:email].to_s.strip.downcase)
    return refuse(t("flash.bad_login"), :unprocessable_entity) unless user && user.authenticate(params[:password].to_s)
    return refuse(t("flash.not_active"), :unprocessable_entity) unless user.active?

    log_in(user)
  end

  def destroy
    reset_session
    redirect_to root_path
  end

  private

  def log_in(user)
    locale = session[:locale]
    reset_session
    session[:user_id] = user.id
    session[:locale] = locale if locale
    redirect_to root_path
  end

  def refuse(words, status)
    flash.now[:alert] = words
    render :new, status: status
  end
end
